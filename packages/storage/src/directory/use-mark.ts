import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import type { OnTaken } from './end-on-taken.ts'

/** Says which process uses a directory. It is there from the start of the process to its end, unless it is killed. */
const name = 'in-use.json'

const markSchema = z.strictObject({
  /** Of this use of the directory. */
  id: z.string(),
  host: z.string(),
  pid: z.number(),
  /** Which start of which machine. */
  boot: z.string(),
  /** Of the mark itself: a copy has another one. */
  inode: z.string(),
  /** Of the lock: one that was removed and made anew keeps nobody out. */
  lock: z.string(),
  /** Counts up as long as the process lives; of one width, since it is written over. */
  beat: z.string(),
})
type Mark = z.infer<typeof markSchema>

export interface UseMarkOptions {
  /** Told when another process has taken the directory. */
  readonly onTaken?: OnTaken
  /** Which start of which machine; told by the kernel unless a test says otherwise. */
  readonly boot?: string
  readonly beatMs?: number
  /** How long a mark of another machine is watched for a beat. */
  readonly watchMs?: number
}

/**
 * Marks a directory whose lock this process has. The lock tells of processes of the same kernel alone, where a network
 * file system keeps locks to itself: a mark of another machine, or beside another lock, is watched for a while. Throws
 * `directory-locked` when it beats, and `state-conflict` for a copy that was made while its process ran.
 */
export async function markUse(
  path: string,
  { onTaken, boot = bootOf(), beatMs = 5000, watchMs = 20_000 }: UseMarkOptions = {},
): Promise<Disposable> {
  const at = join(path, name)
  const lock = inodeOf(join(path, 'lock'))
  const found = readMark(at)
  if (found) {
    if (found.inode !== inodeOf(at)) throw copied(path, found)
    if (found.boot !== boot || found.lock !== lock) await refuseAlive(path, found, watchMs)
  }
  const own = writeMark(at, { id: randomUUID(), host: hostname(), pid: process.pid, boot, lock })
  let beat = 0
  const beating = setInterval(() => {
    const now = readMark(at)
    if (now === undefined) return // somebody has removed it
    if (now.id !== own.id) {
      clearInterval(beating)
      return onTaken?.(inUse(path, now))
    }
    overwrite(at, { ...own, beat: beatText(++beat) })
  }, beatMs).unref()
  return {
    [Symbol.dispose]() {
      clearInterval(beating)
      if (readMark(at)?.id === own.id) rmSync(at, { force: true })
    },
  }
}

const beatText = (beat: number): string => String(beat).padStart(12, '0')

/** Looks at another machine's mark until it changes or the time is up. */
async function refuseAlive(path: string, found: Mark, watchMs: number): Promise<void> {
  const at = join(path, name)
  for (let looks = 0; looks < 10; looks++) {
    await sleep(watchMs / 10)
    const now = readMark(at)
    if (now === undefined) return
    if (now.beat !== found.beat || now.id !== found.id) throw inUse(path, now)
  }
}

function inUse(path: string, { host, pid }: Mark): Refusal {
  return new Refusal('directory-locked', `Process ${pid} on ${host} uses ${path}`, {
    hint: 'Stop that one first, or give this one a directory of its own with --data.',
  })
}

function copied(path: string, { host, pid }: Mark): Refusal {
  return new Refusal(
    'state-conflict',
    `${path} was copied while process ${pid} on ${host} used it, or after it was killed: its files may be of different moments`,
    {
      hint: `Stop the process and copy the directory again. If it was dead already, or all files are of one moment (a snapshot of the disk), remove ${name} from the copy.`,
    },
  )
}

/** Undefined where there is none, or none that was finished. */
function readMark(at: string): Mark | undefined {
  try {
    return markSchema.parse(JSON.parse(readFileSync(at, 'utf8')))
  } catch {
    return undefined
  }
}

function writeMark(at: string, of: Omit<Mark, 'inode' | 'beat'>): Mark {
  const fresh = `${at}.part`
  rmSync(fresh, { force: true })
  const handle = openSync(fresh, 'wx', 0o600)
  try {
    const mark = { ...of, inode: String(fstatSync(handle).ino), beat: beatText(0) }
    writeSync(handle, JSON.stringify(mark))
    renameSync(fresh, at)
    return mark
  } finally {
    closeSync(handle)
  }
}

/** In place, so that the mark keeps its inode; opened each time, so that others see it over a network. */
function overwrite(at: string, mark: Mark): void {
  try {
    const handle = openSync(at, 'r+')
    try {
      writeSync(handle, JSON.stringify(mark), 0)
    } finally {
      closeSync(handle)
    }
  } catch {
    // The next beat tries again; a disk that fails is found by those who write to it.
  }
}

function inodeOf(path: string): string {
  return String(statSync(path).ino)
}

/** Linux tells; elsewhere the machine's name has to do. */
function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return hostname()
  }
}
