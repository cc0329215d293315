import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Command = { file: string; args: readonly string[] }

/** What a contestant prints when it has started. */
export type Greeting = { ready: true; name: string; version: string } | { ready: false; why: string }

/** A contestant answered with an error, ended, or was too slow. */
export class ContestantError extends Error {
  readonly contestant: Contestant | undefined

  constructor(message: string, contestant?: Contestant) {
    super(message)
    this.contestant = contestant
  }
}

/** How the C library's allocator is set: as it comes, or to keep large buffers that were freed. */
export type Allocator = 'default' | 'keeping'

/** One thread for everybody, whatever library reads it. */
const oneThread = {
  OMP_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  VECLIB_MAXIMUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
}

/**
 * Keeps glibc from giving large buffers back to the kernel after each use: PyTorch, which allocates them anew in each
 * step, is up to twice as fast with it (1.13, case a, batch 32: 50 steps/s without, 112 with).
 */
const keepFreed = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '4294967296',
  MALLOC_TOP_PAD_: '67108864',
}

/**
 * A contestant is a child process that speaks JSON, one object a line: a greeting when it has started, then one
 * answer for each request. Between requests it waits on its standard input, so that one process at a time is busy.
 */
export class Contestant implements AsyncDisposable {
  readonly greeting: Greeting
  #child: ChildProcessWithoutNullStreams
  #lines: AsyncIterator<string>
  #stderr: () => string

  private constructor(
    greeting: Greeting,
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    stderr: () => string,
  ) {
    this.greeting = greeting
    this.#child = child
    this.#lines = lines
    this.#stderr = stderr
  }

  /** @throws ContestantError when the process cannot be started, ends without a greeting, or takes two minutes. */
  static async start(command: Command, allocator: Allocator = 'default'): Promise<Contestant> {
    const child = spawn(command.file, command.args, { env: environmentFor(allocator) })
    child.stdin.on('error', () => undefined)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000)
    })
    const reader = createInterface({ input: child.stdout })
    child.on('error', error => {
      stderr += error.message
      reader.close()
    })
    const lines = reader[Symbol.asyncIterator]()
    const greeting = await nextObject<Greeting>({ child, lines, stderr: () => stderr, timeoutMs: 120_000 })
    return new Contestant(greeting, child, lines, () => stderr)
  }

  /** @throws ContestantError; one that takes longer than `timeoutMs` is killed. */
  async ask<Answer>(request: object, timeoutMs: number): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const conversation = { child: this.#child, lines: this.#lines, stderr: this.#stderr, timeoutMs }
    const answer = await nextObject<Answer & { error?: string }>(conversation, this)
    if (answer.error !== undefined) throw new ContestantError(answer.error, this)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000)
    await ended
    clearTimeout(timer)
  }
}

function environmentFor(allocator: Allocator): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MALLOC_'))
  return { ...Object.fromEntries(inherited), ...oneThread, ...(allocator === 'keeping' && keepFreed) }
}

type Conversation = {
  child: ChildProcessWithoutNullStreams
  lines: AsyncIterator<string>
  stderr: () => string
  timeoutMs: number
}

/** Reads the next line that is a JSON object; libraries greet people on standard output too. */
async function nextObject<T>(
  { child, lines, stderr, timeoutMs }: Conversation,
  contestant?: Contestant,
): Promise<T> {
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  try {
    while (true) {
      const line = await lines.next()
      if (line.done)
        throw new ContestantError(`the process ended or was too slow. ${stderr().trim()}`, contestant)
      if (line.value.startsWith('{')) return JSON.parse(line.value) as T
    }
  } finally {
    clearTimeout(timer)
  }
}
