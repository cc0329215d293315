import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** SQLITE_BUSY: another process, or another part of this one, holds it. */
const busy = 5

/** Makes an empty lock. */
export function makeLock(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}

/**
 * Holds a lock together with others (`shared`) or with nobody else (`alone`), in all processes of this machine.
 * Undefined when others hold it so that this cannot be. The lock is SQLite's on an empty file: the kernel gives it up
 * when the process ends, however it ends.
 */
export function holdLock(path: string, how: 'shared' | 'alone'): Disposable | undefined {
  const lock = new DatabaseSync(path, { readOnly: how === 'shared' })
  try {
    lock.exec('pragma busy_timeout = 0')
    // A reading transaction keeps its lock until it ends, also on an empty file.
    if (how === 'shared') lock.exec('begin; select count(*) from sqlite_master')
    else lock.exec('begin exclusive')
    return { [Symbol.dispose]: () => lock.close() }
  } catch (error) {
    lock.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return undefined
    throw error
  }
}
