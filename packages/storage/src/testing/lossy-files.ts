import { basename, dirname } from 'node:path'
import type { FileSystem } from '../files/file-system.ts'

/** A file's content as it reads now, and as it would read after a loss of power. */
interface File {
  kind: 'file'
  current: Uint8Array
  durable: Uint8Array
}
interface Directory {
  kind: 'directory'
  current: Map<string, File | Directory>
  durable: Map<string, File | Directory>
}

export interface LossyFiles extends FileSystem {
  /**
   * The power fails: what was not synced is lost, or by chance not. `survives` is asked for each unsynced content and
   * each unsynced directory entry.
   */
  losePower(survives: () => boolean): void
}

/** A disk in memory that keeps its promises to those who sync, and to nobody else. For tests. */
export function createLossyFiles(): LossyFiles {
  const newDirectory = (): Directory => ({ kind: 'directory', current: new Map(), durable: new Map() })
  const root = newDirectory()

  const find = (path: string): File | Directory | undefined => {
    let at: File | Directory | undefined = root
    for (const name of path.split('/').filter(Boolean))
      at = at?.kind === 'directory' ? at.current.get(name) : undefined
    return at
  }
  const directoryAt = (path: string): Directory => {
    const found = find(path)
    if (found?.kind !== 'directory')
      throw Object.assign(new Error(`no directory ${path}`), { code: 'ENOENT' })
    return found
  }
  const fileAt = (path: string): File => {
    const found = find(path)
    if (found?.kind !== 'file') throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' })
    return found
  }

  return {
    async create(path) {
      const file: File = { kind: 'file', current: new Uint8Array(), durable: new Uint8Array() }
      directoryAt(dirname(path)).current.set(basename(path), file)
      return {
        write: async bytes => {
          file.current = Buffer.concat([file.current, bytes])
        },
        sync: async () => {
          file.durable = file.current
        },
        close: async () => {},
      }
    },
    async read(path, into) {
      const { current } = fileAt(path)
      into?.set(current)
      return into ? into.subarray(0, current.length) : current
    },
    async *stream(path) {
      yield fileAt(path).current
    },
    async size(path) {
      const found = find(path)
      return found?.kind === 'file' ? found.current.length : undefined
    },
    async rename(from, to) {
      const moved = fileAt(from)
      directoryAt(dirname(from)).current.delete(basename(from))
      directoryAt(dirname(to)).current.set(basename(to), moved)
    },
    async remove(path) {
      const parent = find(dirname(path))
      if (parent?.kind === 'directory') parent.current.delete(basename(path))
    },
    async makeDirectory(path) {
      let first: string | undefined
      let at = root
      let made = ''
      for (const name of path.split('/').filter(Boolean)) {
        made += `/${name}`
        let next = at.current.get(name)
        if (next?.kind !== 'directory') {
          next = newDirectory()
          at.current.set(name, next)
          first ??= made
        }
        at = next
      }
      return first
    },
    async list(path) {
      const found = find(path)
      return found?.kind === 'directory' ? [...found.current.keys()] : []
    },
    async syncDirectory(path) {
      const directory = directoryAt(path)
      directory.durable = new Map(directory.current)
    },
    losePower(survives) {
      const settle = (directory: Directory): void => {
        const kept = new Map(directory.durable)
        for (const [name, entry] of directory.current)
          if (directory.durable.get(name) !== entry && survives()) kept.set(name, entry)
        for (const name of directory.durable.keys())
          if (!directory.current.has(name) && survives()) kept.delete(name)
        directory.current = kept
        directory.durable = new Map(kept)
        for (const entry of kept.values()) {
          if (entry.kind === 'directory') settle(entry)
          else {
            const isSynced = entry.durable === entry.current
            if (!isSynced && survives())
              entry.durable = entry.current.subarray(0, entry.current.length >> (survives() ? 0 : 1))
            entry.current = entry.durable
          }
        }
      }
      settle(root)
    },
  }
}
