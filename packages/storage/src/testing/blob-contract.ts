import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import type { BlobStore, ExpectedBlob } from '../blobs/blob-store.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)
const expected = (text: string): ExpectedBlob => ({
  digest: digestOfBytes(bytes(text)),
  bytes: bytes(text).length,
})
async function* inParts(text: string): AsyncGenerator<Uint8Array> {
  for (const character of text) yield bytes(character)
}

/** An empty store, and what removes it. */
export interface OpenedBlobs {
  readonly blobs: BlobStore
  readonly close?: () => void | Promise<void>
}

/** Tests what every blob store must do, whatever it stores on. */
export function blobContract(name: string, open: () => OpenedBlobs | Promise<OpenedBlobs>): void {
  const run = (what: string, body: (blobs: BlobStore) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const { blobs, close } = await open()
      try {
        await body(blobs)
      } finally {
        await close?.()
      }
    })

  run('what was put can be read, in its own scope only', async blobs => {
    await blobs.put('a', expected('hello'), bytes('hello'))
    await blobs.put('a', expected('streamed'), inParts('streamed'))
    assert.deepEqual(Buffer.from(await blobs.get('a', expected('hello').digest)), bytes('hello'))
    assert.deepEqual(Buffer.from(await blobs.get('a', expected('streamed').digest)), bytes('streamed'))
    const memory = new Uint8Array(100).fill(1)
    const read = await blobs.get('a', expected('hello').digest, memory)
    assert.deepEqual([Buffer.from(read).toString(), read.buffer, memory[5]], ['hello', memory.buffer, 1])
    assert.equal(await blobs.has('a', expected('hello').digest), true)
    assert.equal(await blobs.has('b', expected('hello').digest), false)
    assert.equal(await blobs.size('a', expected('hello').digest), 5)
    assert.equal(await blobs.size('b', expected('hello').digest), undefined)
    await assert.rejects(blobs.get('b', expected('hello').digest), { code: 'not-found' })
    const { bytes: length, stream } = await blobs.open('a', expected('streamed').digest)
    const pieces: Uint8Array[] = []
    for await (const piece of stream) pieces.push(piece)
    assert.deepEqual(Buffer.concat(pieces), bytes('streamed'))
    assert.equal(length, bytes('streamed').length)
    await assert.rejects(blobs.open('b', expected('hello').digest), { code: 'not-found' })
  })

  run('putting again is fine and reads the stream to its end', async blobs => {
    await blobs.put('a', expected('hello'), bytes('hello'))
    let ended = false
    const again = async function* () {
      yield* inParts('hello')
      ended = true
    }
    await blobs.put('a', expected('hello'), again())
    assert.equal(ended, true)
  })

  run('wrong, short, long and broken content leaves nothing', async blobs => {
    const broken = async function* () {
      yield bytes('he')
      throw new Error('cut')
    }
    await assert.rejects(blobs.put('a', expected('hello'), inParts('hellO')), { code: 'digest-mismatch' })
    await assert.rejects(blobs.put('a', expected('hello'), inParts('hell')), { code: 'digest-mismatch' })
    await assert.rejects(blobs.put('a', expected('hello'), inParts('hello!')), { code: 'too-large' })
    await assert.rejects(blobs.put('a', expected('hello'), broken()), /cut/)
    assert.equal(await blobs.has('a', expected('hello').digest), false)
    await blobs.put('a', expected('hello'), inParts('hello'))
  })

  run('blobs of a scope are listed, and removed one by one', async blobs => {
    assert.deepEqual(await blobs.list('a'), [])
    for (const text of ['x', 'y', 'z']) await blobs.put('a', expected(text), bytes(text))
    await blobs.put('b', expected('x'), bytes('x'))
    await blobs.remove('a', expected('x').digest)
    await blobs.remove('a', expected('never').digest)
    assert.deepEqual(await blobs.list('a'), ['y', 'z'].map(text => expected(text).digest).sort())
    assert.deepEqual(await blobs.list('b'), [expected('x').digest])
  })

  run('scopes are listed and removed as a whole', async blobs => {
    await blobs.put('b', expected('x'), bytes('x'))
    await blobs.put('a', expected('x'), bytes('x'))
    assert.deepEqual(await blobs.scopes(), ['a', 'b'])
    await blobs.removeScope('a')
    await blobs.removeScope('never')
    assert.deepEqual(await blobs.scopes(), ['b'])
    assert.equal(await blobs.has('a', expected('x').digest), false)
  })
}
