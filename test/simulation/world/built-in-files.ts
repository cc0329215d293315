import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { Readable } from 'node:stream'
import { lives } from './life.ts'

const require = createRequire(import.meta.url)

/**
 * Puts Node's synchronous file operations in the place of those that work in threads, for all code of this process: an
 * answer comes in the same turn, so that one seed gives one order of events. `onSync` is told of each sync of a file
 * that was opened here, before it, and may throw; it may take its time, in which others come and wait for the next one.
 */
export function replaceFiles(onSync: (path: string) => Promise<void>): void {
  const promised =
    <A extends unknown[], R>(operation: (...of: A) => R) =>
    async (...of: A): Promise<R> =>
      operation(...of)
  const open = async (path: string, flags?: string | number, mode?: number) => {
    const fd = fs.openSync(path, flags ?? 'r', mode)
    let isOpen = true
    const close = async (): Promise<void> => {
      if (isOpen) fs.closeSync(fd)
      isOpen = false
    }
    const sync = (): Promise<void> => onSync(path)
    return {
      fd,
      read: async (
        buffer: Uint8Array,
        offset = 0,
        length = buffer.length - offset,
        position: number | null = null,
      ) => ({
        bytesRead: fs.readSync(fd, buffer, offset, length, position),
        buffer,
      }),
      write: async (bytes: Uint8Array, offset = 0) => ({
        bytesWritten: fs.writeSync(fd, bytes, offset),
        buffer: bytes,
      }),
      stat: async (options?: { bigint: true }) => fs.fstatSync(fd, options as never),
      readFile: async () => fs.readFileSync(fd),
      createReadStream: () => Readable.from([fs.readFileSync(fd)]),
      sync,
      datasync: sync,
      close,
      [Symbol.asyncDispose]: close,
    }
  }
  Object.assign(require('node:fs/promises'), {
    open,
    stat: promised(fs.statSync),
    readFile: promised(fs.readFileSync),
    writeFile: promised(fs.writeFileSync),
    readdir: promised(fs.readdirSync),
    mkdir: promised(fs.mkdirSync),
    rename: promised(fs.renameSync),
    rm: promised(fs.rmSync),
    unlink: promised(fs.unlinkSync),
  })
  // Directories lie in memory here, and what is in them is kept by the simulated disk: syncing them says nothing.
  const { fsyncSync } = fs
  fs.fsyncSync = fd => {
    if (lives.getStore() === undefined) fsyncSync(fd)
  }
  syncBuiltinESMExports()
}
