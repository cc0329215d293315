import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes, digestOfJson } from '../digest-of.ts'
import {
  checkChunk,
  chunkBytes,
  digestOfManifest,
  manifestOf,
  manifestSchema,
  sliceChunks,
} from './manifest.ts'

const digest = `sha256:${'0'.repeat(64)}` as const

function manifestWith(bytes: number, chunks: number[]): unknown {
  return { bytes, chunks: chunks.map(size => ({ digest, bytes: size })) }
}

test('chunks hold 4 MiB: whole floats, and less than the wire takes at once', () => {
  assert.equal(chunkBytes, 4_194_304)
  assert.equal(chunkBytes % 4, 0)
})

test('a file is cut every 4 MiB, without copying, and nothing is lost', () => {
  for (const length of [1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 2 * chunkBytes + 5]) {
    const bytes = new Uint8Array(length)
    bytes[length - 1] = 7
    bytes[Math.min(chunkBytes, length) - 1] = 9
    const chunks = sliceChunks(bytes)
    assert.ok(chunks.every(chunk => chunk.buffer === bytes.buffer))
    assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0)
    const manifest = manifestOf(bytes)
    assert.deepEqual(
      manifest.chunks,
      chunks.map(chunk => ({ digest: digestOfBytes(chunk), bytes: chunk.length })),
    )
    assert.deepEqual(manifestSchema.parse(manifest), manifest)
    assert.equal(manifest.chunks.length, Math.ceil(length / chunkBytes))
  }
})

test('a manifest must cut where every manifest cuts', () => {
  const regular = [
    manifestWith(1, [1]),
    manifestWith(chunkBytes, [chunkBytes]),
    manifestWith(chunkBytes + 1, [chunkBytes, 1]),
  ]
  for (const manifest of regular) assert.equal(manifestSchema.safeParse(manifest).success, true)
  const irregular = [
    manifestWith(2, [1, 1]),
    manifestWith(2, [1]),
    manifestWith(1, [2]),
    manifestWith(1, []),
    manifestWith(0, []),
    manifestWith(0, [0]),
    manifestWith(1, [1, 0]),
    manifestWith(1.5, [1.5]),
    manifestWith(-1, [1]),
    manifestWith(chunkBytes + 1, [1, chunkBytes]),
    manifestWith(chunkBytes + 1, [chunkBytes + 1]),
    manifestWith(chunkBytes + 2, [chunkBytes, 1]),
    manifestWith(2 * chunkBytes, [chunkBytes]),
    manifestWith(chunkBytes, [chunkBytes, chunkBytes]),
    manifestWith(2 ** 38 + 1, [chunkBytes]),
    { ...(manifestWith(1, [1]) as object), name: 'x' },
    { bytes: 1, chunks: [{ digest, bytes: 1, url: 'x' }] },
    { bytes: 1, chunks: [{ digest: 'sha256:0', bytes: 1 }] },
  ]
  for (const manifest of irregular) {
    assert.equal(manifestSchema.safeParse(manifest).success, false, JSON.stringify(manifest))
  }
})

test('the largest file is 256 GiB in 65,536 chunks', () => {
  const chunk = { digest, bytes: chunkBytes }
  const largest = { bytes: 2 ** 38, chunks: Array.from({ length: 65_536 }, () => chunk) }
  assert.equal(manifestSchema.safeParse(largest).success, true)
  assert.ok(JSON.stringify(largest).length < 8 * 1024 * 1024, 'and still fits a JSON body')
})

test('the digest of a manifest names the bytes: equal files share it, a changed or moved bit changes it', () => {
  const bytes = new Uint8Array(chunkBytes + 3)
  const named = digestOfManifest(manifestOf(bytes))
  assert.equal(named, digestOfManifest(manifestOf(Uint8Array.from(bytes))))
  assert.equal(named, digestOfJson(JSON.parse(JSON.stringify(manifestOf(bytes)))))
  for (const [at, value] of [
    [0, 1],
    [chunkBytes - 1, 1],
    [chunkBytes + 2, 128],
  ] as const) {
    const changed = Uint8Array.from(bytes)
    changed[at] = value
    assert.notEqual(digestOfManifest(manifestOf(changed)), named)
  }
  assert.notEqual(digestOfManifest(manifestOf(new Uint8Array(chunkBytes + 2))), named)
})

test('a chunk passes for itself only', () => {
  const bytes = Uint8Array.from([1, 2, 3])
  const chunk = { digest: digestOfBytes(bytes), bytes: 3 }
  assert.doesNotThrow(() => checkChunk(chunk, bytes))
  assert.doesNotThrow(() => checkChunk(chunk, Buffer.from(bytes)))
  for (const other of [[1, 2, 4], [1, 2], [1, 2, 3, 0], [3, 2, 1], []]) {
    assert.throws(() => checkChunk(chunk, Uint8Array.from(other)), {
      code: 'digest-mismatch',
      hint: /send it again/,
    })
  }
  assert.throws(() => checkChunk({ ...chunk, bytes: 4 }, bytes), { code: 'digest-mismatch' })
})

test('a file of no bytes has no manifest', () => {
  assert.throws(() => manifestOf(new Uint8Array()))
})
