import { constants, type StatsBase } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Refusal } from '@consort/protocol'

/**
 * Opens an ordinary file to read it. Throws `data-unreadable` for a pipe or device, and what `open` throws. A pipe that
 * nobody writes to would block one of the few threads for files for ever: it is not opened at all, and one that takes
 * a file's place meanwhile is opened without waiting.
 */
export async function openFile(path: string): Promise<FileHandle> {
  checkOrdinary(path, await stat(path))
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) // Windows has no such flag
  try {
    checkOrdinary(path, await handle.stat())
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Throws `data-unreadable` for pipes, devices and sockets; what reads a folder is told so by the system. */
export function checkOrdinary(path: string, stats: Pick<StatsBase<unknown>, 'isFile' | 'isDirectory'>): void {
  if (stats.isFile() || stats.isDirectory()) return
  throw new Refusal('data-unreadable', `${path} is no ordinary file`, {
    hint: 'Records and mappings are read from files on a disk: save what a pipe or device gives under a name.',
  })
}
