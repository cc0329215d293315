import { existsSync, readdirSync, readFileSync } from 'node:fs'

interface RunningProcess {
  readonly pid: number
  readonly parent: number
}

/**
 * Kills a child of this process and all that it started: its descendants, and those that lost their parent but carry
 * `CONSORT_TEST_OF=PID` in their environment. Returns false if it has ended already. Where there is no /proc
 * (proc(5)), it kills the child alone.
 */
export function endFamily(pid: number): boolean {
  if (!existsSync('/proc/self/stat')) return kill(pid)
  if (!runningProcesses().some(it => it.pid === pid && it.parent === process.pid)) return false
  // Whoever starts another one while it is being killed is met in the next turn.
  for (let family = familyOf(pid); family.length > 0; family = familyOf(pid))
    for (const it of family) kill(it)
  return true
}

function familyOf(pid: number): number[] {
  const running = runningProcesses()
  const family = new Set(running.filter(it => it.pid === pid || isMarked(it.pid, pid)).map(it => it.pid))
  for (let size = -1; size < family.size; ) {
    size = family.size
    for (const it of running) if (family.has(it.parent)) family.add(it.pid)
  }
  return [...family]
}

/** All processes but those that are dead and only wait for their parents to notice. */
function runningProcesses(): RunningProcess[] {
  const numbers = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return numbers.flatMap(name => {
    // "PID (NAME) STATE PARENT …"; the name may hold anything.
    const [, state, parent] = /\) (\S) (\d+) [^)]*$/.exec(readOf(name, 'stat')) ?? []
    return state === undefined || state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent) }]
  })
}

function isMarked(pid: number, of: number): boolean {
  return readOf(pid, 'environ').split('\0').includes(`CONSORT_TEST_OF=${of}`)
}

/** Empty for a process that has ended meanwhile, or is somebody else's. */
function readOf(pid: string | number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}
