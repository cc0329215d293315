import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../files/error-code.ts'

/** What the files below a folder take. */
export interface FolderSize {
  readonly files: number
  readonly bytes: number
}

/** Counts the files below a folder, without those of the folders named in `except`. Nothing where there is none. */
export async function measureFolder(path: string, except: readonly string[] = []): Promise<FolderSize> {
  let [files, bytes] = [0, 0]
  for (const entry of await entriesOf(path)) {
    if (except.includes(entry.name)) continue
    const at = join(path, entry.name)
    const found = entry.isDirectory() ? await measureFolder(at) : await sizeOf(at)
    files += found.files
    bytes += found.bytes
  }
  return { files, bytes }
}

async function entriesOf(path: string) {
  return await readdir(path, { withFileTypes: true }).catch(error => absent(error, []))
}

/** A file may go while others are counted. */
async function sizeOf(path: string): Promise<FolderSize> {
  const found = await stat(path).catch(error => absent(error, undefined))
  return found ? { files: 1, bytes: found.size } : { files: 0, bytes: 0 }
}

function absent<T>(error: unknown, instead: T): T {
  if (hasCode(error, 'ENOENT')) return instead
  throw error
}
