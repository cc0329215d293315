import { open } from 'node:fs/promises'
import { Refusal } from '@consort/protocol'
import { type FileSystem, writeDurably } from '@consort/storage'

/**
 * Writes a file where none was, and calls `announce` before any of it is there. A crash in between leaves an empty
 * file. Throws `already-exists`, and `input-invalid` for a folder that is not there or may not be written to.
 */
export async function writeNewFile(
  files: FileSystem,
  path: string,
  bytes: Uint8Array,
  announce: () => Promise<void>,
): Promise<void> {
  await claim(path)
  try {
    await announce()
    await writeDurably(files, path, bytes)
  } catch (error) {
    await files.remove(path)
    throw error
  }
}

/** Two exports at the same time cannot both make the file. */
async function claim(path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.close()
  } catch (error) {
    throw refusalOfPath(path, error)
  }
}

/** What the file system says of a path that is to be made, as a refusal. */
export function refusalOfPath(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EEXIST' || code === 'ENOTEMPTY') {
    return new Refusal('already-exists', `${path} is there already`, {
      hint: 'Nothing is ever overwritten: name another one.',
      path: 'path',
    })
  }
  const reasons: Record<string, string> = {
    ENOENT: 'lies in a folder that does not exist',
    ENOTDIR: 'lies below a file',
    EACCES: 'may not be written by the node',
    EPERM: 'may not be written by the node',
    EROFS: 'lies on a disk that cannot be written to',
  }
  if (reasons[code] === undefined) return error
  return new Refusal('input-invalid', `${path} ${reasons[code]}`, {
    hint: 'Paths are those of the machine that the node runs on.',
    path: 'path',
    cause: error,
  })
}
