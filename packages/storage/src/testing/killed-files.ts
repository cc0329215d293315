import type { FileSystem } from '../files/file-system.ts'

/** The disk of a process that is killed instead of its `step`-th operation, counted from 1, or does them all. */
export function killedAt(files: FileSystem, step: number): { files: FileSystem; wasKilled: () => boolean } {
  let steps = 0
  const guarded =
    <A extends unknown[], R>(operation: (...of: A) => Promise<R>) =>
    async (...of: A): Promise<R> => {
      if (++steps >= step) throw new Error('killed')
      return await operation(...of)
    }
  const killed: FileSystem = {
    ...files,
    create: guarded(async path => {
      const file = await files.create(path)
      return { write: guarded(file.write), sync: guarded(file.sync), close: file.close }
    }),
    rename: guarded(files.rename),
    makeDirectory: guarded(files.makeDirectory),
    remove: guarded(files.remove),
    syncDirectory: guarded(files.syncDirectory),
  }
  return { files: killed, wasKilled: () => steps >= step }
}
