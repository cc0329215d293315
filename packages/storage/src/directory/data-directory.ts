import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@consort/protocol'
import { hasCode } from '../files/error-code.ts'
import { markUse, type UseMarkOptions } from './use-mark.ts'

/** A directory that one process at a time may use. */
export interface DataDirectory extends Disposable {
  readonly path: string
  /** A path inside it. */
  at(...names: string[]): string
}

/**
 * Makes the directory if need be, locks it and marks it as in use. What an earlier process left in it survives a loss
 * of power from then on. The lock is SQLite's on a file of its own: the kernel gives it up when the process ends,
 * however it ends, so that there are no stale locks. Throws `directory-locked`, `state-conflict` for a file system that
 * cannot lock, and as `markUse` does.
 */
export async function openDataDirectory(path: string, options: UseMarkOptions = {}): Promise<DataDirectory> {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 })
  syncNames(resolve(path), made && resolve(made))
  const lock = new DatabaseSync(join(path, 'lock'))
  try {
    takeLock(lock, path)
    const mark = await markUse(path, options)
    return {
      path,
      at: (...names) => join(path, ...names),
      [Symbol.dispose]() {
        mark[Symbol.dispose]()
        lock.close()
      },
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** SQLITE_BUSY: somebody has the lock, or the server of a network file system lends none. */
const busy = 5

function takeLock(lock: DatabaseSync, path: string): void {
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (cause) {
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === busy) {
      throw new Refusal('directory-locked', `Another process uses ${path}`, {
        hint: 'Stop that one first, or give this one a directory of its own with --data. If there is none, the file system has no locks: use a local disk.',
        cause,
      })
    }
    throw new Refusal('state-conflict', `The file system of ${path} cannot lock files: ${String(cause)}`, {
      hint: 'Use a local disk, or a network file system with locks (NFS 4).',
      cause,
    })
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
