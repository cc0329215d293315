import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@consort/protocol'
import { hasCode } from '../files/error-code.ts'

/** A directory that one process at a time may use. */
export interface DataDirectory extends Disposable {
  readonly path: string
  /** A path inside it. */
  at(...names: string[]): string
}

/**
 * Makes the directory if need be and locks it. What an earlier process left in it survives a loss of power from then
 * on. The lock is SQLite's on a file of its own: the kernel gives it up when the process ends, however it ends, so that
 * there are no stale locks. Throws `directory-locked`.
 */
export function openDataDirectory(path: string): DataDirectory {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 })
  syncNames(resolve(path), made && resolve(made))
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

/**
 * Syncs the names in the directory, its own and those of the directories above it that were just made. One above that
 * this user may not read was made by another, who has to see to its names.
 */
function syncNames(path: string, made: string | undefined): void {
  syncDirectory(path)
  const above = dirname(made ?? path)
  for (let at = path; at.length > above.length; ) {
    at = dirname(at)
    try {
      syncDirectory(at)
    } catch (error) {
      if (!hasCode(error, 'EACCES')) throw error
    }
  }
}

function syncDirectory(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
