import { createHash } from 'node:crypto'
import { type Digest, Refusal } from '@consort/protocol'
import { type BlobStore, checkedScope } from '../blob-store.ts'
import { checkedStream, drain } from '../checked-stream.ts'
import { listKeys } from './list-keys.ts'
import { createS3Client, type S3Client } from './s3-client.ts'
import type { S3Place } from './s3-place.ts'

/** How often a blob that arrives damaged or cut is fetched again. */
const readsMax = 3

/** How many blobs of a scope are removed at once. */
const removalsMax = 8

/**
 * Blobs in a bucket of S3, or of a server that speaks its protocol. The key of a blob is `scope/digest`. Its SHA-256 is
 * signed with each upload, so that the server refuses what was damaged on the way; what it hands out is digested again
 * here. Throws `input-invalid` when there is no such bucket or the keys do not open it.
 */
export async function openS3Blobs(place: S3Place, options: { pauseMs?: number } = {}): Promise<BlobStore> {
  const client = createS3Client(place, options)
  await checkBucket(client, place)
  const keyOf = (scope: string, digest: Digest): string =>
    `${checkedScope(scope)}/${digest.slice('sha256:'.length)}`

  const sizeOf = async (scope: string, digest: Digest): Promise<number | undefined> => {
    const answer = await client.send({ method: 'HEAD', key: keyOf(scope, digest) })
    return answer.ok ? Number(answer.headers.get('content-length')) : undefined
  }
  const bodyOf = async (scope: string, digest: Digest): Promise<Response> => {
    const answer = await client.send({ method: 'GET', key: keyOf(scope, digest) })
    if (answer.ok) return answer
    throw new Refusal('not-found', `There is no ${digest} here`)
  }

  return {
    async put(scope, expected, source) {
      if ((await sizeOf(scope, expected.digest)) === expected.bytes) return await drain(source)
      const { stream, finish } = checkedStream(expected, source)
      const body = await allOf(stream)
      finish()
      const hex = expected.digest.slice('sha256:'.length)
      const checksum = Buffer.from(hex, 'hex').toString('base64')
      await client.send({
        method: 'PUT',
        key: keyOf(scope, expected.digest),
        headers: { 'x-amz-content-sha256': hex, 'x-amz-checksum-sha256': checksum },
        body: Buffer.concat(body),
      })
    },
    async get(scope, digest, into) {
      for (let reads = 1; ; reads++) {
        const answer = await bodyOf(scope, digest)
        const body = await answer.arrayBuffer().catch((error: unknown) => error)
        const bytes = body instanceof ArrayBuffer ? new Uint8Array(body) : undefined
        if (bytes && digestOf(bytes) === digest) return placed(bytes, into)
        if (reads === readsMax) throw damaged(scope, digest, body)
      }
    },
    async open(scope, digest) {
      const answer = await bodyOf(scope, digest)
      const bytes = Number(answer.headers.get('content-length'))
      const { stream, finish } = checkedStream({ digest, bytes }, answer.body ?? new Uint8Array())
      return { bytes, stream: endingWith(stream, finish) }
    },
    has: async (scope, digest) => (await sizeOf(scope, digest)) !== undefined,
    size: sizeOf,
    async list(scope) {
      const keys = await allOf(listKeys(client, { prefix: `${checkedScope(scope)}/` }))
      return keys
        .map(key => key.slice(scope.length + 1))
        .filter(name => /^[0-9a-f]{64}$/.test(name))
        .map((name): Digest => `sha256:${name}`)
        .sort()
    },
    async remove(scope, digest) {
      await client.send({ method: 'DELETE', key: keyOf(scope, digest) })
    },
    removeScope: scope => removeBelow(client, `${checkedScope(scope)}/`),
    async scopes() {
      const folders = await allOf(listKeys(client, { prefix: '', delimiter: '/' }))
      return folders.map(folder => folder.replace(/\/$/, '')).sort()
    },
  }
}

async function removeBelow(client: S3Client, prefix: string): Promise<void> {
  const keys = await allOf(listKeys(client, { prefix }))
  while (keys.length > 0) {
    const some = keys.splice(0, removalsMax)
    await Promise.all(some.map(key => client.send({ method: 'DELETE', key })))
  }
}

async function checkBucket(client: S3Client, { url }: S3Place): Promise<void> {
  const answer = await client
    .sendToBucket({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' } })
    .catch((error: unknown) => error)
  if (answer instanceof Response && answer.ok) return
  if (answer instanceof Refusal) throw answer
  throw new Refusal('input-invalid', `The bucket of ${url} cannot be used`, {
    hint: 'Look whether it exists, and whether the keys may list, read, write and delete in it.',
    cause: answer,
  })
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function placed(bytes: Uint8Array, into: Uint8Array | undefined): Uint8Array {
  if (!into) return bytes
  into.set(bytes)
  return into.subarray(0, bytes.length)
}

function damaged(scope: string, digest: Digest, cause: unknown): Error {
  return new Error(`the store of blobs hands out ${scope}/${digest} damaged or cut`, {
    cause: cause instanceof Error ? cause : undefined,
  })
}

/** Ends with an error where what came is not what was asked for: whoever reads it must not take it for whole. */
async function* endingWith(
  stream: AsyncGenerator<Uint8Array>,
  finish: () => void,
): AsyncGenerator<Uint8Array> {
  yield* stream
  finish()
}
