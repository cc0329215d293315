import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Program, runProgram, type Watch } from './run-program.ts'

const never = new AbortController().signal

/** Runs a line of shell in a folder of its own, of which `look` sees what was left. */
async function run<T>(
  line: string,
  {
    look,
    limits = {},
    signal = never,
    command = ['sh', '-c', line],
    ...watch
  }: Partial<Watch> & {
    look?: (folder: string) => T
    limits?: Program['limits']
    signal?: AbortSignal
    command?: string[]
  } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'consort-program-'))
  let output = ''
  const onOutput = (bytes: Buffer): void => {
    output += bytes.toString()
  }
  try {
    const program = { command, folder, account: undefined, limits, threads: 3 }
    const ran = await runProgram(program, { withinMs: 60_000, graceMs: 100, onOutput, ...watch }, signal)
    return { ...ran, output, seen: look?.(folder) as T, folder }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A program that says "ready", until its deadline; again with a later one where it was not even ready by then. */
async function runLate<T>(line: string, watch: { graceMs?: number; look: (folder: string) => T }) {
  let withinMs = 1500
  let ran = await run(line, { ...watch, withinMs })
  while (!ran.output.includes('ready')) {
    withinMs *= 4
    ran = await run(line, { ...watch, withinMs })
  }
  return ran
}

const pidsIn = (folder: string): number[] =>
  existsSync(join(folder, 'pids'))
    ? readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    : []

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).syscall === 'open' && !existsSync('/proc/self')
  }
}

/** The test's own time limit ends the wait for a survivor. */
async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(10)
}

/** Ignores SIGTERM, and so does the grandchild. */
const stubborn =
  'trap "" TERM; echo $$ > pids; sleep 1000 & echo $! >> pids; echo ready; while :; do sleep 0.05; done'

test('a program that ends well is given its folder and a clean environment', async () => {
  const line = 'cat; pwd; echo "$0"; env | grep -v "^PWD=" | sort; echo words >&2'
  const { end, output, stderr, folder } = await run(line)
  assert.deepEqual([end, stderr], [{ kind: 'exited', code: 0 }, 'words\n'])
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  assert.deepEqual(output.trim().split('\n'), [
    folder,
    folder,
    `HOME=${folder}`,
    'LANG=C.UTF-8',
    'OMP_NUM_THREADS=3',
    `PATH=${path}`,
    `TMPDIR=${folder}`,
  ])
})

test('an exit code, a signal and a program that is not there are told apart', async () => {
  assert.deepEqual((await run('exit 7')).end, { kind: 'exited', code: 7 })
  assert.deepEqual((await run('kill -SEGV $$')).end, { kind: 'killed', signal: 'SIGSEGV' })
  assert.deepEqual((await run('', { command: ['no-such-program'] })).end, { kind: 'exited', code: 127 })
  const program = { command: ['true'], folder: '/nowhere/at/all', account: undefined, limits: {}, threads: 1 }
  const { end } = await runProgram(program, { withinMs: 1000, onOutput: () => {} }, never)
  assert.deepEqual(end, { kind: 'unstartable', why: 'ENOENT' })
})

test('arguments reach the program as they are, whatever a shell would make of them', async () => {
  const odd = ['$(touch broken)', '; exit 3', '"', "'", '*', '-n']
  const command = [process.execPath, '-p', 'JSON.stringify(process.argv.slice(1, -1))', '--', ...odd]
  const { output, seen } = await run('', { command, look: folder => existsSync(join(folder, 'broken')) })
  assert.deepEqual([JSON.parse(output), seen], [odd, false])
})

test('at the deadline a program that ignores SIGTERM is gone, and so is its grandchild', {
  timeout: 120_000,
}, async () => {
  const { end, seen } = await runLate(stubborn, { look: pidsIn })
  assert.deepEqual(end, { kind: 'late' })
  assert.equal(seen.length, 2)
  await allGone(seen)
})

test('a program that heeds SIGTERM has time to', { timeout: 120_000 }, async () => {
  const line = 'trap "echo saved > state; exit 0" TERM; echo ready; while :; do sleep 0.02; done'
  const look = (folder: string): boolean => existsSync(join(folder, 'state'))
  const { end, seen } = await runLate(line, { graceMs: 60_000, look })
  assert.deepEqual([end, seen], [{ kind: 'late' }, true])
})

test('aborting ends the group and throws the reason', { timeout: 120_000 }, async () => {
  const ending = new AbortController()
  const reason = new Error('nobody waits for it')
  let pids: number[] = []
  const folder = mkdtempSync(join(tmpdir(), 'consort-program-'))
  const onOutput = (): void => {
    pids = pidsIn(folder)
    ending.abort(reason)
  }
  const program = { command: ['sh', '-c', stubborn], folder, account: undefined, limits: {}, threads: 1 }
  await assert.rejects(
    runProgram(program, { withinMs: 60_000, graceMs: 100, onOutput }, ending.signal),
    reason,
  )
  rmSync(folder, { recursive: true })
  assert.equal(pids.length, 2)
  await allGone(pids)
})

test('what a program leaves running when it exits is ended, and not waited for', {
  timeout: 120_000,
}, async () => {
  const { end, seen } = await run('sleep 1000 & echo $! > pids; exit 0', { look: pidsIn })
  assert.deepEqual(end, { kind: 'exited', code: 0 })
  await allGone(seen)
})

test('when the node is killed, its program and grandchildren die too', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-program-'))
  const module = new URL('./run-program.ts', import.meta.url).href
  const program = { command: ['sh', '-c', stubborn], folder, limits: {}, threads: 1 }
  const code = `
    const { runProgram } = await import('${module}')
    const watch = { withinMs: 60_000, onOutput: bytes => process.stdout.write(bytes) }
    await runProgram(${JSON.stringify(program)}, watch, new AbortController().signal)`
  const line = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    code,
  ]
  const node = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(node.stdout, 'data')
  const pids = pidsIn(folder)
  assert.deepEqual(pids.map(isAlive), [true, true])
  node.kill('SIGKILL')
  await allGone(pids)
  rmSync(folder, { recursive: true })
})

test('the leash is not the program’s', async () => {
  assert.notDeepEqual((await run('echo x >&3')).end, { kind: 'exited', code: 0 })
})

test('a gigabyte of output is read and kept nowhere', { timeout: 120_000 }, async () => {
  let bytes = 0
  const onOutput = (piece: Buffer): void => {
    bytes += piece.length
  }
  const before = process.memoryUsage().rss
  const { end } = await run('head -c 1000000000 /dev/zero', { onOutput })
  assert.deepEqual([end, bytes], [{ kind: 'exited', code: 0 }, 1e9])
  assert.ok(process.memoryUsage().rss - before < 300e6)
})

test('the last 16 KiB of stderr are kept', async () => {
  const { stderr } = await run('head -c 200000 /dev/zero | tr "\\0" x >&2; printf end >&2')
  assert.equal(stderr.length, 16 * 1024)
  assert.ok(stderr.endsWith('xxxend'))
})

test('limits of memory and processor time end a program', { timeout: 60_000 }, async () => {
  const greedy = 'const kept = []; for (let i = 0; i < 16; i++) kept.push(Buffer.alloc(2 ** 26, 1))'
  const command = [process.execPath, '-e', greedy]
  assert.deepEqual((await run('', { command })).end, { kind: 'exited', code: 0 })
  const limited = await run('', { command, limits: { memoryMaxMb: 512 } })
  assert.notDeepEqual(limited.end, { kind: 'exited', code: 0 })
  const busy = await run('while :; do :; done', { limits: { cpuSecondsMax: 1 } })
  assert.deepEqual(busy.end, { kind: 'killed', signal: 'SIGKILL' })
})
