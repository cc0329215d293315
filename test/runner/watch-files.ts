import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { endFamily } from './family.ts'

export interface HangingFile {
  readonly file: string
  /** The last test that it started, if it came to one. */
  readonly test: string | undefined
}

export interface FileWatch extends Disposable {
  readonly ended: readonly HangingFile[]
}

const lookEveryMs = 500
const signals = ['SIGINT', 'SIGTERM'] as const

/**
 * Ends each test file that takes longer than `limitMs`, with the programs that it started, and says which and where.
 * `notes` is the folder that `note-progress.ts` writes to. Whoever ends the runner ends all files.
 */
export function watchFiles(notes: string, limitMs: number): FileWatch {
  const ended: HangingFile[] = []
  const seenAt = new Map<string, number>()
  const look = (): void => {
    for (const pid of readdirSync(notes)) {
      const since = seenAt.get(pid) ?? performance.now()
      seenAt.set(pid, since)
      const note = join(notes, pid)
      if (performance.now() - since < limitMs || !existsSync(note)) continue
      seenAt.set(pid, Number.POSITIVE_INFINITY)
      const [file = '', ...tests] = readFileSync(note, 'utf8').trimEnd().split('\n')
      if (endFamily(Number(pid))) ended.push({ file: relative(process.cwd(), file), test: tests.at(-1) })
    }
  }
  const endAll = (): void => {
    for (const pid of readdirSync(notes)) endFamily(Number(pid))
    process.exit(1)
  }
  const timer = setInterval(look, lookEveryMs)
  for (const signal of signals) process.once(signal, endAll)
  return {
    ended,
    [Symbol.dispose]: () => {
      clearInterval(timer)
      for (const signal of signals) process.off(signal, endAll)
    },
  }
}
