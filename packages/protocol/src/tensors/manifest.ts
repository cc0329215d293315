import assert from 'node:assert/strict'
import { type Digest, digestSchema, Refusal } from '@consort/basics'
import { z } from 'zod'
import { digestOfBytes, digestOfJson } from '../digest-of.ts'

/** Bytes in every chunk but the last: 4 MiB, a whole number of float32 and under the wire's 5 MiB. */
export const chunkBytes = 4 * 1024 * 1024

/** The most that one file may hold, in bytes (256 GiB). */
const fileBytesMax = 2 ** 38

const chunkSchema = z.strictObject({ digest: digestSchema, bytes: z.int().min(1).max(chunkBytes) })

/** A file as the list of its chunks: equal chunks need to travel only once. */
export const manifestSchema = z
  .strictObject({
    bytes: z.int().min(1).max(fileBytesMax),
    chunks: z
      .array(chunkSchema)
      .min(1)
      .max(Math.ceil(fileBytesMax / chunkBytes)),
  })
  .refine(hasRegularChunks, 'every chunk but the last holds 4 MiB, and together they hold the file')
export type Manifest = z.infer<typeof manifestSchema>
export type Chunk = Manifest['chunks'][number]

function hasRegularChunks({ bytes, chunks }: { bytes: number; chunks: { bytes: number }[] }): boolean {
  return (
    chunks.length === Math.ceil(bytes / chunkBytes) &&
    chunks.every((chunk, index) => chunk.bytes === Math.min(chunkBytes, bytes - index * chunkBytes))
  )
}

/** Splits `bytes` where every manifest splits; the slices share its memory. */
export function sliceChunks(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
}

/** `bytes` are not empty. */
export function manifestOf(bytes: Uint8Array): Manifest {
  assert(bytes.length > 0)
  const chunks = sliceChunks(bytes).map(chunk => ({ digest: digestOfBytes(chunk), bytes: chunk.length }))
  return { bytes: bytes.length, chunks }
}

/** Names the whole file. */
export function digestOfManifest(manifest: Manifest): Digest {
  return digestOfJson(manifest)
}

/** Throws `digest-mismatch` unless `bytes` are the chunk's. */
export function checkChunk(chunk: Chunk, bytes: Uint8Array): void {
  if (bytes.length !== chunk.bytes || digestOfBytes(bytes) !== chunk.digest) {
    throw new Refusal(
      'digest-mismatch',
      `A chunk of ${bytes.length} bytes is not the ${chunk.bytes} bytes of ${chunk.digest}`,
      {
        hint: 'It was damaged or cut on the way; send it again.',
      },
    )
  }
}
