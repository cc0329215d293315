import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { hasCode } from './error-code.ts'
import type { FileSystem } from './file-system.ts'

/** What is read at a time of a file that is passed on. */
const pieceBytes = 128 * 1024

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
  async read(path, into) {
    if (into === undefined) return await readFile(path)
    const handle = await open(path, 'r')
    try {
      let length = 0
      for (let got = -1; got !== 0; length += got)
        got = (await handle.read(into, length, into.length - length)).bytesRead
      return into.subarray(0, length)
    } finally {
      await handle.close()
    }
  },
  async *stream(path) {
    const handle = await open(path, 'r')
    try {
      for (;;) {
        const piece = new Uint8Array(pieceBytes)
        const { bytesRead } = await handle.read(piece)
        if (bytesRead === 0) return
        yield piece.subarray(0, bytesRead)
      }
    } finally {
      await handle.close()
    }
  },
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
    if (hasCode(error, 'ENOENT')) return absent
    throw error
  }
}
