import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { createTail } from './tail.ts'

export interface Program {
  /** argv; the folder comes after it. */
  readonly command: readonly string[]
  /** Its argument, working directory and home. */
  readonly folder: string
  readonly account: Account | undefined
  readonly limits: Limits
  readonly threads: number
}

/** For each process of the program; without a limit, this process's own holds. */
export interface Limits {
  readonly memoryMaxMb?: number | undefined
  readonly cpuSecondsMax?: number | undefined
}

export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'unstartable'; readonly why: string }

export interface Watch {
  readonly withinMs: number
  readonly onOutput: (bytes: Buffer) => void
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number
}

export const graceMs = 2000
const stderrBytes = 16 * 1024
/** How long output may still arrive after the last process of the group is dead. */
const drainMs = 1000
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * Sets limits, then becomes the program. Descriptor 3 is a leash: it ends when the node does, however it does, and
 * whoever is left in the process group then is killed.
 */
const wrapper = `
ulimit -c 0
if [ -n "$1" ]; then ulimit -d "$1" || exit 126; fi
if [ -n "$2" ]; then ulimit -t "$2" || exit 126; fi
(trap '' TERM; read -r _; kill -KILL 0) <&3 >/dev/null 2>&1 &
shift 2
exec "$@" 3<&-`

/**
 * Runs a program in a process group and an environment of its own until it exits. After `withinMs`, or when `signal`
 * is aborted, the group gets SIGTERM and then SIGKILL; nothing of the group is left when this returns.
 * Throws only the reason of `signal`.
 */
export async function runProgram(
  program: Program,
  watch: Watch,
  signal: AbortSignal,
): Promise<{ end: ProgramEnd; stderr: string }> {
  signal.throwIfAborted()
  const stderr = createTail(stderrBytes)
  let child: ChildProcess
  try {
    child = start(program)
  } catch (error) {
    return { end: unstartable(error), stderr: '' }
  }
  const streams = child.stdio.filter(stream => stream !== null && stream !== undefined)
  for (const stream of streams) stream.on('error', () => {}) // a pipe that breaks: the exit says more
  child.stdout?.on('data', watch.onOutput)
  child.stderr?.on('data', stderr.add)
  const closed = Promise.all([ended(child.stdout), ended(child.stderr)])
  const end = await exitOf(child, watch, signal)
  await Promise.race([closed, sleep(drainMs, undefined, { ref: false })])
  for (const stream of streams) stream.destroy()
  signal.throwIfAborted()
  return { end, stderr: stderr.text() }
}

function start({ command, folder, account, limits, threads }: Program): ChildProcess {
  const { memoryMaxMb, cpuSecondsMax } = limits
  const memoryKb = memoryMaxMb === undefined ? '' : String(memoryMaxMb * 1024)
  const positional = [memoryKb, String(cpuSecondsMax ?? ''), ...command, folder]
  return spawn('/bin/sh', ['-c', wrapper, 'trainer', ...positional], {
    cwd: folder,
    env: {
      PATH: searchPath,
      HOME: folder,
      TMPDIR: folder,
      LANG: 'C.UTF-8',
      OMP_NUM_THREADS: String(threads),
    },
    detached: true, // a session and a process group of its own
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...account,
  })
}

async function exitOf(child: ChildProcess, watch: Watch, signal: AbortSignal): Promise<ProgramEnd> {
  const { pid } = child
  let isLate = false
  let kill: NodeJS.Timeout | undefined
  const stop = (): void => {
    signalGroup(pid, 'SIGTERM')
    kill ??= setTimeout(() => signalGroup(pid, 'SIGKILL'), watch.graceMs ?? graceMs)
  }
  const deadline = setTimeout(() => {
    isLate = true
    stop()
  }, watch.withinMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await once(child, 'exit')
    const { exitCode: code, signalCode: by } = child
    if (isLate) return { kind: 'late' }
    return code === null ? { kind: 'killed', signal: by ?? 'a signal' } : { kind: 'exited', code }
  } catch (error) {
    return unstartable(error)
  } finally {
    clearTimeout(deadline)
    clearTimeout(kill)
    signal.removeEventListener('abort', stop)
    signalGroup(pid, 'SIGKILL') // grandchildren, and the one that holds the leash
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody is left
  }
}

function unstartable(error: unknown): ProgramEnd {
  const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return { kind: 'unstartable', why }
}

function ended(stream: Readable | null): Promise<void> {
  return stream ? new Promise(resolve => stream.once('close', resolve)) : Promise.resolve()
}
