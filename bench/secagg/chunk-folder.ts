import { chunkBytes, type Manifest, manifestOf, sliceChunks } from '@consort/protocol'
import { localFiles, openLocalBlobs } from '@consort/storage'

/** Vectors in chunks on disk, with the hub's own store: checked, synced, read back piece by piece. */
export type ChunkFolder = {
  /** `manifest` is what the sender says; left out, the digests are computed here. */
  put(name: string, vector: Uint8Array | Float32Array, manifest?: Manifest): Promise<void>
  /** In memory that each piece shares with the one before. */
  pieces(name: string): AsyncIterable<{ bytes: Uint8Array<ArrayBuffer>; offset: number }>
  empty(): Promise<void>
}

export function openChunkFolder(path: string): ChunkFolder {
  const blobs = openLocalBlobs(localFiles, path)
  const manifests = new Map<string, Manifest>()
  const into = new Uint8Array(chunkBytes)
  return {
    async put(name, vector, said) {
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
      const manifest = said ?? manifestOf(bytes)
      for (const [index, chunk] of sliceChunks(bytes).entries())
        await blobs.put(name, manifest.chunks[index]!, chunk)
      manifests.set(name, manifest)
    },
    async *pieces(name) {
      let offset = 0
      for (const { digest, bytes } of manifests.get(name)!.chunks) {
        await blobs.get(name, digest, into)
        yield { bytes: into.subarray(0, bytes), offset }
        offset += bytes
      }
    },
    async empty() {
      for (const scope of await blobs.scopes()) await blobs.removeScope(scope)
      manifests.clear()
    },
  }
}
