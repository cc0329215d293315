import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Chunk, chunkBytes, digestOfBytes, type TensorLayout } from '@consort/protocol'
import { localFiles, openLocalBlobs } from '@consort/storage'
import { checkUpdate, missingChunks, updateFile } from './update-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-update-'))
after(() => rmSync(folder, { recursive: true }))

const header = new Uint8Array(8)
const layout: TensorLayout = { header, bytes: 2 * chunkBytes + 4, tensors: [] }

function chunkOf(bytes: Uint8Array): Chunk {
  return { digest: digestOfBytes(bytes), bytes: bytes.length }
}

test('a chunk that is shorter than its place in the update is refused: what stands behind it in memory is of others', async () => {
  const blobs = openLocalBlobs(localFiles, folder)
  const first = new Uint8Array(chunkBytes)
  const last = new Uint8Array(4)
  for (const bytes of [first, last]) await blobs.put('ver_base', chunkOf(bytes), bytes)
  const weights = { bytes: layout.bytes, chunks: [chunkOf(first), chunkOf(first), chunkOf(last)] }
  // The last chunk of the weights, of 4 bytes, announced as a middle one of 4 MiB: it counts as here already.
  const middle = { digest: chunkOf(last).digest, bytes: chunkBytes }
  const manifest = { bytes: layout.bytes, chunks: [chunkOf(first), middle, chunkOf(last)] }
  const file = updateFile({ id: 'tsk_mine', version: 'ver_base' }, manifest, weights)
  assert.deepEqual(await missingChunks(blobs, file), [])
  const into = new Uint8Array(new ArrayBuffer(chunkBytes))
  await assert.rejects(checkUpdate(blobs, file, layout, into), { code: 'update-shape' })
})
