import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@consort/protocol'

/** A directory that one process at a time may use. */
export interface DataDirectory extends Disposable {
  readonly path: string
  /** A path inside it. */
  at(...names: string[]): string
}

/**
 * Makes the directory if need be and locks it. The lock is SQLite's on a file of its own: the kernel gives it up when
 * the process ends, however it ends, so that there are no stale locks. Throws `directory-locked`.
 */
export function openDataDirectory(path: string): DataDirectory {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(path, 'lock'))
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (cause) {
    lock.close()
    throw new Refusal('directory-locked', `Another process uses ${path}`, {
      hint: 'Stop that one first, or give this one a directory of its own with --data.',
      cause,
    })
  }
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.dispose]: () => lock.close(),
  }
}
