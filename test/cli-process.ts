import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../packages/cli/bin/consort.js', import.meta.url))

export interface CommandResult {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CONSORT_LOG: 'error',
  LANG: 'C',
  LC_ALL: '',
  CONSORT_LANG: '',
})

/** Runs `consort …` to its end, as a shell would. */
export async function consort(...line: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [program, ...line], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  const code = child.exitCode ?? (await new Promise<number | null>(resolve => child.once('close', resolve)))
  return { code, out, err }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const part of stream) text += String(part)
  return text
}

export interface RunningCommand extends AsyncDisposable {
  readonly child: ChildProcess
  /** What it printed as its first line of JSON. */
  readonly started: Record<string, string>
}

/** Starts `consort … --json` and waits until it says that it is ready. */
export async function startConsort(...line: string[]): Promise<RunningCommand> {
  const child = spawn(process.execPath, [program, ...line, '--json'], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors = textOf(child.stderr)
  const started = await new Promise<Record<string, string>>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', text => resolve(JSON.parse(text)))
    child.once('exit', async code =>
      reject(new Error(`consort ${line.join(' ')} ended with ${code}: ${await errors}`)),
    )
  })
  return {
    child,
    started,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    },
  }
}
