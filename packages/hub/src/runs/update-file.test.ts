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
const layout: TensorLayout = {
  header,
  bytes: 2 * chunkBytes + 4,
  size: (2 * chunkBytes + 4 - header.length) / 4,
  tensors: [],
}

function chunkOf(bytes: Uint8Array): Chunk {
  return { digest: digestOfBytes(bytes), bytes: bytes.length }
}

test('a chunk that is shorter than its place in the update is refused: what stands behind it in memory is of others', async () => {
  const blobs = openLocalBlobs(localFiles, folder)
  const first = new Uint8Array(chunkBytes)
  const last = new Uint8Array(4)
  for (const bytes of [first, last]) await blobs.put('ver_base', chunkOf(bytes), bytes)
  const weights = { bytes: layout.bytes, chunks: [chunkOf(first), chunkOf(first), chunkOf(last)] }
  // The last chunk of the weights, of 4 bytes, announced as a middle one of 4 MiB.
  const middle = { digest: chunkOf(last).digest, bytes: chunkBytes }
  const manifest = { bytes: layout.bytes, chunks: [chunkOf(first), middle, chunkOf(last)] }
  const file = updateFile({ id: 'tsk_mine', version: 'ver_base' }, manifest, weights)
  assert.deepEqual(await missingChunks(blobs, file), [middle.digest])
  const into = new Uint8Array(new ArrayBuffer(chunkBytes))
  await assert.rejects(checkUpdate(blobs, file, layout, into), { code: 'update-shape', hint: /own length/ })
  await assert.rejects(blobs.put('tsk_mine', middle, last), { code: 'digest-mismatch' })

  // The same with a short chunk that the task itself has sent before.
  const own = new Uint8Array([1, 2, 3, 4])
  await blobs.put('tsk_mine', chunkOf(own), own)
  const ownMiddle = { digest: chunkOf(own).digest, bytes: chunkBytes }
  const again = { ...file, manifest: { ...manifest, chunks: [chunkOf(first), ownMiddle, chunkOf(last)] } }
  assert.deepEqual(await missingChunks(blobs, again), [ownMiddle.digest])
  await assert.rejects(checkUpdate(blobs, again, layout, into), { code: 'update-shape' })
})

test('nothing of the weights counts for a masked update, even of the right length', async () => {
  const blobs = openLocalBlobs(localFiles, folder)
  const chunk = chunkOf(new Uint8Array(chunkBytes).fill(1))
  await blobs.put('ver_masked', chunk, new Uint8Array(chunkBytes).fill(1))
  const manifest = { bytes: chunkBytes, chunks: [chunk] }
  const task = { id: 'tsk_masked', version: 'ver_masked' }
  assert.deepEqual(await missingChunks(blobs, updateFile(task, manifest, manifest)), [])
  assert.deepEqual(await missingChunks(blobs, updateFile(task, manifest)), [chunk.digest])
})
