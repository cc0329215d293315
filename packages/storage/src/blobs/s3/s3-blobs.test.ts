import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import { blobContract } from '../../testing/blob-contract.ts'
import { openS3Double } from '../../testing/s3-double.ts'
import type { BlobStore } from '../blob-store.ts'
import { openS3Blobs } from './s3-blobs.ts'
import { parseS3Place } from './s3-place.ts'

const content = Buffer.from('weights of a model')
const blob = { digest: digestOfBytes(content), bytes: content.length }

blobContract('S3 in memory', async () => {
  const double = await openS3Double()
  return { blobs: await openS3Blobs(double.place), close: async () => await double[Symbol.asyncDispose]() }
})

// A server of one's own, such as a MinIO that runs: CONSORT_TEST_S3=http://127.0.0.1:9000/bucket and the keys of AWS.
const server = process.env.CONSORT_TEST_S3
if (server !== undefined) {
  let count = 0
  blobContract('S3 server', async () => {
    const place = parseS3Place(`${server}/${process.pid}-${++count}`, process.env)
    const blobs = await openS3Blobs(place)
    return {
      blobs,
      close: async () => {
        for (const scope of await blobs.scopes()) await blobs.removeScope(scope)
      },
    }
  })
  test('S3 server: a chunk of 4 MB, and more keys than one page lists', async () => {
    const blobs = await openS3Blobs(parseS3Place(`${server}/${process.pid}-large`, process.env))
    const chunk = Buffer.alloc(4_194_304, 7)
    await blobs.put('large', { digest: digestOfBytes(chunk), bytes: chunk.length }, chunk)
    assert.ok(Buffer.from(await blobs.get('large', digestOfBytes(chunk))).equals(chunk))
    for (let index = 0; index < 1100; index += 50) {
      const texts = Array.from({ length: 50 }, (_, one) => Buffer.from(`${index + one}`))
      await Promise.all(
        texts.map(text => blobs.put('many', { digest: digestOfBytes(text), bytes: text.length }, text)),
      )
    }
    await blobs.removeScope('many')
    assert.deepEqual(await blobs.scopes(), ['large'])
    await blobs.removeScope('large')
  })
}

async function during(
  work: (blobs: BlobStore, double: Awaited<ReturnType<typeof openS3Double>>) => Promise<void>,
) {
  await using double = await openS3Double()
  await work(await openS3Blobs(double.place, { pauseMs: 1 }), double)
}

test('scopes with more blobs than a page lists are removed as a whole', () =>
  during(async (blobs, { objects }) => {
    for (let index = 0; index < 7; index++) {
      const text = Buffer.from(`${index}`)
      await blobs.put(`s${index % 5}`, { digest: digestOfBytes(text), bytes: text.length }, text)
    }
    assert.deepEqual(await blobs.scopes(), ['s0', 's1', 's2', 's3', 's4'])
    for (const scope of await blobs.scopes()) await blobs.removeScope(scope)
    assert.equal(objects.size, 0)
  }))

test('a store that is busy, cuts or damages is asked again, and what it keeps is whole', () =>
  during(async (blobs, { faults, objects }) => {
    faults.push('answers-503', 'cuts') // of the look whether it is there
    await blobs.put('a', blob, content)
    await blobs.removeScope('a')
    const { size } = objects
    assert.equal(size, 0)
    const isThere = async function* () {
      faults.push('cuts', 'damages', 'answers-503') // of the upload
      yield content
    }
    await blobs.put('a', blob, isThere())
    assert.deepEqual([...objects.values()].map(Buffer.from), [content])
    faults.push('half-a-body', 'damages')
    assert.deepEqual(Buffer.from(await blobs.get('a', blob.digest)), content)
  }))

test('a store that stays away is said to be busy; what is damaged for good is not handed on', () =>
  during(async (blobs, { faults, objects }) => {
    await blobs.put('a', blob, content)
    for (let index = 0; index < 5; index++) faults.push(index % 2 ? 'cuts' : 'answers-503')
    await assert.rejects(blobs.get('a', blob.digest), { code: 'busy', retryAfterSeconds: 5 })
    const [key] = objects.keys()
    objects.set(key!, Buffer.from('weights of a nodel'))
    await assert.rejects(blobs.get('a', blob.digest), /damaged or cut/)
    const { stream } = await blobs.open('a', blob.digest)
    await assert.rejects(
      (async () => {
        for await (const _ of stream);
      })(),
      { code: 'digest-mismatch' },
    )
  }))

test('a bucket that is not there, or keys that do not open it, are said at once', async () => {
  await using double = await openS3Double()
  const { place } = double
  const refused = { code: 'input-invalid', message: /cannot be used/ }
  await assert.rejects(openS3Blobs({ ...place, url: place.url.replace('bucket', 'other') }), refused)
  await assert.rejects(openS3Blobs({ ...place, secretAccessKey: 'wrong' }), refused)
})

test('a place needs a bucket, TLS off loopback, and keys', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  assert.equal(
    parseS3Place('https://s3.example/bucket/folder/', keys).url,
    'https://s3.example/bucket/folder',
  )
  for (const wrong of [
    'https://s3.example',
    'https://s3.example/',
    'bucket',
    'https://a:b@s3.example/bucket',
  ])
    assert.throws(() => parseS3Place(wrong, keys), { code: 'input-invalid' }, wrong)
  assert.throws(() => parseS3Place('http://s3.example/bucket', keys), { code: 'tls-required' })
  assert.throws(() => parseS3Place('https://s3.example/bucket', {}), {
    code: 'input-invalid',
    hint: /AWS_ACCESS/,
  })
})
