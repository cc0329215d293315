import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { withCompileCache } from '@consort/cli/compile-cache'

/** `consort …` as a process of its own, whose first line of JSON says that it is ready. */
export interface ConsortProcess extends AsyncDisposable {
  readonly ready: Promise<{ url: string }>
}

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const startWithinMs = 60_000

/** Starts it with its log in a file, and with settings beside those of this process. */
export function startConsort(
  line: readonly string[],
  { log, environment = {} }: { log: string; environment?: Readonly<Record<string, string>> },
): ConsortProcess {
  const errors = openSync(log, 'a')
  const child = spawn(process.execPath, ['--conditions=source', program, ...line, '--json'], {
    stdio: ['ignore', 'pipe', errors],
    env: {
      ...withCompileCache(),
      CONSORT_LOG: 'warn',
      ...environment,
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    },
  })
  closeSync(errors)
  return {
    ready: firstLine(child, line.join(' '), log),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(kill)
    },
  }
}

function firstLine(child: ChildProcess, what: string, log: string): Promise<{ url: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`consort ${what} ${why}\n${readFileSync(log, 'utf8').slice(-2000)}`))
    const timer = setTimeout(() => fail(`did not start within ${startWithinMs / 1000} s`), startWithinMs)
    child.once('exit', code => fail(`ended with code ${code}`))
    createInterface({ input: child.stdout! }).on('line', text => {
      clearTimeout(timer)
      if (text.startsWith('{"url"')) resolve(JSON.parse(text))
    })
  })
}
