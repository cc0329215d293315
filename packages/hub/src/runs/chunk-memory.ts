import { chunkBytes } from '@consort/protocol'

/** Lends memory for one chunk to one use after the other, in the order in which they ask. */
export type ChunkMemory = <T>(use: (into: Uint8Array<ArrayBuffer>) => Promise<T>) => Promise<T>

/** Sets `chunkBytes` of memory aside, which many uses share. */
export function createChunkMemory(): ChunkMemory {
  const memory = new Uint8Array(chunkBytes)
  let before: Promise<unknown> = Promise.resolve()
  return use => {
    const done = before.then(() => use(memory))
    before = done.catch(() => {})
    return done
  }
}
