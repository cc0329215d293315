import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { environment } from './installation.ts'
import type { Places } from './places.ts'

export interface SiteSetup {
  readonly root: string
  readonly consort: string
  readonly places: Places
  readonly settings: Readonly<Record<string, string>>
}

/** What a command line said. */
export interface Said<T> {
  readonly code: number
  readonly result: T
  /** The refusal, where there is one. */
  readonly refusal: { readonly code: string; readonly message: string; readonly hint?: string } | undefined
}

/** One machine of the pilot: a place, a data directory, and whatever runs there. */
export class Site implements AsyncDisposable {
  readonly name: string
  readonly path: string
  #setup: SiteSetup
  #process: ChildProcess | undefined
  #followed: ChildProcess[] = []

  constructor(name: string, setup: SiteSetup) {
    this.name = name
    this.path = join(setup.root, name)
    this.#setup = setup
    mkdirSync(this.path, { recursive: true })
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** `consort …` at this place, as its operator would type it. Throws when it is refused. */
  async consort<T>(...line: string[]): Promise<T> {
    const said = await this.try<T>(...line)
    if (said.code === 0) return said.result
    throw new Error(`${this.name}: consort ${line.join(' ')}: ${JSON.stringify(said.refusal ?? said)}`)
  }

  async try<T>(...line: string[]): Promise<Said<T>> {
    const { code, out, err } = await this.run([this.#setup.consort, '--json', '--data', this.path, ...line])
    const parse = (text: string) =>
      text.trim().startsWith('{') || text.trim().startsWith('[') ? JSON.parse(text) : undefined
    return { code, result: parse(out) as T, refusal: parse(err.trim().split('\n').at(-1) ?? '') }
  }

  /** What a person would read. */
  async text(...line: string[]): Promise<string> {
    const { out } = await this.run([this.#setup.consort, '--data', this.path, '--no-color', ...line])
    return out
  }

  /** Any command at this place; `input` is given to it. */
  async run(line: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
    const child = this.#spawn(line, ['pipe', 'pipe', 'pipe'])
    const texts = { out: '', err: '' }
    child.stdout!.setEncoding('utf8').on('data', text => (texts.out += text))
    child.stderr!.setEncoding('utf8').on('data', text => (texts.err += text))
    child.stdin!.end(input)
    const [code] = await once(child, 'close')
    return { code: code as number, ...texts }
  }

  /** A command that goes on and prints lines: the first of them, and those that came since. `tell` gives it lines. */
  async follow(
    line: readonly string[],
    input?: string,
  ): Promise<{ first: string; lines: readonly string[]; tell: (text: string) => void }> {
    const log = openSync(this.file('process.log'), 'a')
    const child = this.#spawn(line, ['pipe', 'pipe', log])
    closeSync(log)
    this.#followed.push(child)
    const tell = (text: string): void => void child.stdin!.write(`${text}\n`)
    if (input !== undefined) tell(input)
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout! })
    reader.on('line', text => lines.push(text))
    await once(reader, 'line')
    return { first: lines.shift()!, lines, tell }
  }

  /** Starts the hub or the node and waits until it answers. */
  async start(...line: string[]): Promise<{ url: string }> {
    const log = openSync(this.file('process.log'), 'a')
    const child = this.#spawn(
      [this.#setup.consort, '--json', '--data', this.path, ...line],
      ['ignore', 'pipe', log],
    )
    closeSync(log)
    this.#process = child
    const lines = createInterface({ input: child.stdout! })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${this.name} ended: ${readFileSync(this.file('process.log'), 'utf8').slice(-2000)}`)
    })
    ended.catch(() => {})
    const [first] = (await Promise.race([once(lines, 'line'), ended])) as [string]
    lines.on('line', line => appendFileSync(this.file('process.log'), `${line}\n`))
    return JSON.parse(first)
  }

  /** As a power cut would, or the operator. */
  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(impatient)
  }

  /** Stands still for a while, as a machine does that swaps. */
  async stall(ms: number): Promise<void> {
    this.#process?.kill('SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, ms))
    this.#process?.kill('SIGCONT')
  }

  #spawn(line: readonly string[], stdio: ('pipe' | 'ignore' | number)[]): ChildProcess {
    const [file, ...rest] = this.#setup.places.inside(this.name, line)
    return spawn(file!, rest, {
      stdio,
      env: { ...environment, CONSORT_LOG: 'warn', ...this.#setup.settings },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#followed) child.kill()
    await this.stop()
  }
}
