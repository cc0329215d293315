import {
  type Chunk,
  chunkBytes,
  type Digest,
  digestOfManifest,
  type Manifest,
  Refusal,
  type TensorLayout,
} from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { TaskWithUpdate } from './tasks/task-record.ts'

/** The chunks of one update: its own, and those that equal a chunk of the weights that it started from. */
export interface UpdateFile {
  readonly manifest: Manifest
  /** Scope of what this update brought. */
  readonly scope: string
  /** Scope and digests of the weights; no digests where nothing of them counts. */
  readonly base: { readonly scope: string; readonly digests: ReadonlySet<Digest> }
}

/** Says where the chunks of a task's update lie. A masked one has none in common with the weights: leave them out. */
export function updateFile(
  task: { id: string; version: string },
  manifest: Manifest,
  weights?: Manifest,
): UpdateFile {
  const digests = new Set(weights?.chunks.map(chunk => chunk.digest))
  return { manifest, scope: task.id, base: { scope: task.version, digests } }
}

/**
 * Gives the update that was taken for a task. Throws `update-shape` when what is kept is another one: it was never
 * checked.
 */
export function takenUpdate({ id, manifest, updateDigest }: TaskWithUpdate): Manifest {
  if (manifest && digestOfManifest(manifest) === updateDigest) return manifest
  throw new Refusal('update-shape', `What is kept for task ${id} is not the update that was taken`, {
    hint: 'Start the run again: the hub’s database was changed from outside, or by an older version.',
  })
}

/** Lists the chunks that still have to be sent: what is here under a digest with another length is not the chunk. */
export async function missingChunks(blobs: BlobStore, file: UpdateFile): Promise<Digest[]> {
  const missing = new Set<Digest>()
  for (const { digest, bytes } of file.manifest.chunks)
    if ((await blobs.size(scopeOf(file, digest), digest)) !== bytes) missing.add(digest)
  return [...missing]
}

function scopeOf({ scope, base }: UpdateFile, digest: Digest): string {
  return base.digests.has(digest) ? base.scope : scope
}

/**
 * Reads the floats of one chunk, without the header that the first one begins with, in the memory of `into`. Throws
 * `update-shape` for a chunk of another length than was announced: behind it lies what was read before.
 */
export async function readFloats(
  blobs: BlobStore,
  file: UpdateFile,
  of: { chunk: Chunk; index: number; layout: TensorLayout },
  into: Uint8Array<ArrayBuffer>,
): Promise<Float32Array> {
  const { chunk, index, layout } = of
  const bytes = await blobs.get(scopeOf(file, chunk.digest), chunk.digest, into)
  checkLength(chunk, bytes)
  const { start, end } = floatsOfChunk(layout, index)
  if (index === 0) checkHeader(layout, bytes)
  return new Float32Array(
    into.buffer,
    into.byteOffset + (index === 0 ? layout.header.length : 0),
    end - start,
  )
}

/**
 * Says which floats of the model lie in a chunk. Headers longer than a chunk do not occur: they are some
 * kilobytes.
 */
export function floatsOfChunk(
  { header, bytes }: TensorLayout,
  index: number,
): { start: number; end: number } {
  const floatAt = (byte: number): number => Math.max(byte - header.length, 0) / 4
  return { start: floatAt(index * chunkBytes), end: floatAt(Math.min((index + 1) * chunkBytes, bytes)) }
}

/** Throws `update-shape` when what was kept for a chunk has another length than was announced. */
export function checkLength({ digest, bytes }: Chunk, kept: Uint8Array): void {
  if (kept.length === bytes) return
  throw new Refusal('update-shape', `The chunk ${digest} has ${kept.length} bytes, ${bytes} were announced`, {
    hint: 'Cut the update again, and announce each chunk with its own length.',
  })
}

/** Equal headers mean equal names, shapes and order of the tensors. */
function checkHeader({ header, tensors }: TensorLayout, bytes: Uint8Array): void {
  if (Buffer.compare(bytes.subarray(0, header.length), header) !== 0) {
    throw new Refusal('update-shape', 'The update does not hold the tensors of this model', {
      hint: `Expected ${tensors.map(tensor => `${tensor.name} [${tensor.shape}]`).join(', ')}, all float32, in this order.`,
    })
  }
}

/**
 * Reads an update through once, into memory for one chunk (`chunkBytes`) that nobody else uses meanwhile.
 * Throws `update-shape` or `update-not-finite`.
 */
export async function checkUpdate(
  blobs: BlobStore,
  file: UpdateFile,
  layout: TensorLayout,
  into: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (const [index, chunk] of file.manifest.chunks.entries()) {
    const floats = await readFloats(blobs, file, { chunk, index, layout }, into)
    if (!floats.every(Number.isFinite)) {
      throw new Refusal('update-not-finite', 'The update holds numbers that are not finite', {
        hint: 'The training diverged: lower the learning rate in the recipe.',
      })
    }
  }
}
