import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** What makes a reader of `list` pass over files that were never finished. */
export const temporarySuffix = '.part'

/**
 * Writes a file so that after a crash or a loss of power it is there whole or not at all: a temporary file, synced,
 * renamed into place, its directory synced. `check` sees everything before the file takes its name; what it throws
 * leaves nothing behind.
 */
export async function writeDurably(
  files: FileSystem,
  path: string,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  check: () => void = () => {},
): Promise<void> {
  const directory = dirname(path)
  await makeDirectoryDurably(files, directory)
  const temporary = `${path}.${randomUUID()}${temporarySuffix}`
  try {
    const file = await files.create(temporary)
    try {
      if (source instanceof Uint8Array) await file.write(source)
      else for await (const bytes of source) await file.write(bytes)
      check()
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(temporary, path)
  } catch (error) {
    await files.remove(temporary)
    throw error
  }
  await files.syncDirectory(directory)
}

/**
 * Reads a file that `writeDurably` has written; undefined where there is none. Whoever wrote it may have been ended
 * before its name was synced: what is read here survives a loss of power from then on.
 */
export async function readDurably(files: FileSystem, path: string): Promise<Uint8Array | undefined> {
  if ((await files.size(path)) === undefined) return undefined
  await files.syncDirectory(dirname(path))
  return await files.read(path)
}

/**
 * A new directory is an entry of the one above it, which has to be synced too. Returns true when it was made here, and
 * that is done.
 */
export async function makeDirectoryDurably(files: FileSystem, path: string): Promise<boolean> {
  const first = await files.makeDirectory(path)
  if (first === undefined) return false
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await files.syncDirectory(dirname(made))
  }
  return true
}
