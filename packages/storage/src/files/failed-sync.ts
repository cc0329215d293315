import { resolve, sep } from 'node:path'
import { hasCode } from './error-code.ts'
import type { FileSystem } from './file-system.ts'

/** Told of a sync that failed. Ends the process; only a test goes on afterwards. */
export type OnFailedSync = (error: unknown) => void

/** The exit code of a process that could not sync (EX_IOERR of sysexits.h). */
const exitCode = 74

/**
 * Ends the process at once. After a failed sync the kernel holds for clean what never reached the disk, so the next
 * sync of the same file says that all is well (Rebello et al. 2020, "Can applications recover from fsync failures?").
 * Nothing may be acknowledged after that; what was acknowledged before is read from the disk at the next start.
 */
export function endOnFailedSync(log: { fatal(entry: object, message: string): void }): OnFailedSync {
  return error => {
    log.fatal({ error: String(error) }, 'sync-failed')
    process.exit(exitCode)
  }
}

/**
 * The same files, where a failed sync below `root` is told. Elsewhere, such as on the disk that an export goes to, it
 * is an error like others; so is a lack of room for a file that has no name yet: it is written anew as a whole. A
 * directory that is gone, or that could not be opened for want of descriptors, was not synced, but no sync has failed.
 */
export function watchSyncs(files: FileSystem, root: string, onFailedSync: OnFailedSync): FileSystem {
  const isOurs = (path: string): boolean => `${resolve(path)}${sep}`.startsWith(`${resolve(root)}${sep}`)
  const told = (error: unknown): never => {
    onFailedSync(error)
    throw error
  }
  return {
    ...files,
    async create(path) {
      const file = await files.create(path)
      if (!isOurs(path)) return file
      const failed = (error: unknown): never => {
        if (isLackOfRoom(error)) throw error
        return told(error)
      }
      return { ...file, sync: () => file.sync().catch(failed) }
    },
    async syncDirectory(path) {
      await files.syncDirectory(path).catch(error => {
        if (isOurs(path) && !neverBegan(error)) told(error)
        throw error
      })
    },
  }
}

/** By what opening a directory fails; fsync knows none of these. */
const neverBegan = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR', 'EMFILE', 'ENFILE')

const isLackOfRoom = (error: unknown): boolean => hasCode(error, 'ENOSPC', 'EDQUOT')

/** SQLite's codes for a database, its log or its directory that could not be synced (sqlite.org/rescode.html). */
const sqliteCodes: readonly unknown[] = [1034, 1290]

/** Returns true for an error of SQLite that says that a sync has failed. */
export function isFailedSqliteSync(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && sqliteCodes.includes(error.errcode)
}
