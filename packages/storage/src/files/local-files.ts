import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import type { FileSystem } from './file-system.ts'

/** The disk of this machine. */
export const localFiles: FileSystem = {
  async create(path) {
    const handle = await open(path, 'w', 0o600)
    return {
      write: async bytes => {
        for (let written = 0; written < bytes.length; ) {
          written += (await handle.write(bytes, written)).bytesWritten
        }
      },
      sync: () => handle.sync(),
      close: () => handle.close(),
    }
  },
  read: path => readFile(path),
  size: path =>
    absentAs(
      stat(path).then(entry => entry.size),
      undefined,
    ),
  rename: (from, to) => rename(from, to),
  remove: path => rm(path, { recursive: true, force: true }),
  makeDirectory: path => mkdir(path, { recursive: true, mode: 0o700 }),
  list: path => absentAs(readdir(path), []),
  async syncDirectory(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

async function absentAs<T, A>(found: Promise<T>, absent: A): Promise<T | A> {
  try {
    return await found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent
    throw error
  }
}
