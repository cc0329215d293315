import assert from 'node:assert/strict'
import test from 'node:test'
import { type Chunk, digestOfBytes, type Manifest } from '@consort/protocol'
import { openLocalBlobs, type Replicas } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { forgetUpdates, takeUpdate } from '../../runs/tasks/task-store.ts'
import { createUpdateSpace } from '../../runs/tasks/update-space.ts'
import { createTraffic } from '../../runs/traffic.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { createUploadLimit } from '../upload-limit.ts'
import { offerUpdate } from './offer-update.ts'
import { putChunk } from './put-chunk.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const chunkOf = (text: string): Chunk => ({ digest: digestOfBytes(bytesOf(text)), bytes: text.length })
const manifestOf = (text: string): Manifest => ({ bytes: text.length, chunks: [chunkOf(text)] })

/** A hub's disk and database with an open task, and the calls with which its member hands in. */
async function openTaskByHand(alone: Replicas['alone'] = async (_, work) => await work()) {
  const hub = await openHubDatabase()
  await hub.keep()
  const { database, caller, task } = hub
  const { id } = task.document
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const updates = createUpdateSpace({ database, blobs, alone })
  const context = { database, blobs, updates, traffic: createTraffic() }
  const [offer, put] = [offerUpdate(context), createUploadLimit()(putChunk(context))]
  return {
    ...{ id, database, blobs, updates, [Symbol.asyncDispose]: hub[Symbol.asyncDispose] },
    announce: (text: string) => offer({ params: { task: id }, body: manifestOf(text), caller }),
    send: (text: string, stream: AsyncIterable<Uint8Array> = piecesOf(text)) => {
      const { digest } = chunkOf(text)
      return put({ params: { task: id, digest }, body: { digest, stream } as never, caller })
    },
    kept: async () => (await blobs.list(id)).toSorted(),
  }
}

async function* piecesOf(text: string, wait: Promise<void> = Promise.resolve()): AsyncGenerator<Uint8Array> {
  yield bytesOf(text.slice(0, 2))
  await wait
  yield bytesOf(text.slice(2))
}

/** Pieces of which the last comes when it is told to, and the moment at which the hub has begun to take them. */
function slowPieces(text: string) {
  const [begun, last] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  async function* pieces(): AsyncGenerator<Uint8Array> {
    begun.resolve()
    yield* piecesOf(text, last.promise)
  }
  return { pieces: pieces(), begun: begun.promise, end: last.resolve }
}

const digestsOf = (...texts: string[]): string[] => texts.map(text => chunkOf(text).digest).sort()

test('what a later announcement replaces is removed', async () => {
  await using task = await openTaskByHand()
  for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd', 'cccc']) {
    assert.deepEqual(await task.announce(text), { missing: digestsOf(text) })
    await task.send(text)
    assert.deepEqual(await task.announce(text), { missing: [] })
    assert.deepEqual(await task.kept(), digestsOf(text))
  }
})

test('a chunk that arrives after another update was announced, or the run is over, does not stay', async () => {
  await using task = await openTaskByHand()
  const [first, second] = [slowPieces('aaaa'), slowPieces('bbbb')]
  await task.announce('aaaa')
  const late = task.send('aaaa', first.pieces)
  await first.begun // so it was announced when it began
  await task.announce('bbbb')
  const tooLate = task.send('bbbb', second.pieces)
  await second.begun
  first.end()
  await late
  assert.deepEqual(await task.kept(), [])
  await forgetUpdates(task.database, [task.id])
  second.end()
  await tooLate
  assert.deepEqual(await task.blobs.scopes(), [])
})

test('an update that is being checked keeps its chunks, whatever is announced meanwhile', async () => {
  await using task = await openTaskByHand()
  await task.announce('aaaa')
  await task.send('aaaa')
  await task.updates.using(task.id, manifestOf('aaaa'), async () => {
    for (const text of ['bbbb', 'cccc']) {
      await task.announce(text)
      await task.send(text)
    }
    assert.deepEqual(await task.kept(), digestsOf('aaaa', 'cccc'))
    await task.database.transaction().execute(trx => takeUpdate(trx, task.id, manifestOf('aaaa')))
  })
  await task.updates.tidy(task.id)
  assert.deepEqual(await task.kept(), digestsOf('aaaa'))
})

test('a member sends sixteen chunks at a time at most', async () => {
  await using task = await openTaskByHand()
  await task.announce('aaaa')
  const arrival = Promise.withResolvers<void>()
  const sent = Array.from({ length: 16 }, () => task.send('aaaa', piecesOf('aaaa', arrival.promise)))
  await assert.rejects(async () => await task.send('aaaa'), { code: 'busy' })
  arrival.resolve()
  await Promise.all(sent)
  await task.send('aaaa')
})

test('what one replica checks, another does not remove; afterwards it goes', async () => {
  const names = new Map<string, object>()
  /** The locks of one replica: it may take again what it has, as a session of PostgreSQL may. */
  const replica = (): Replicas['alone'] => {
    const self = {}
    return async (name, work) => {
      const holder = names.get(name)
      if (holder !== undefined && holder !== self) return undefined
      names.set(name, self)
      try {
        return await work()
      } finally {
        if (holder === undefined) names.delete(name)
      }
    }
  }
  await using task = await openTaskByHand(replica())
  const { database, blobs, id } = task
  const other = createUpdateSpace({ database, blobs, alone: replica() })
  await task.announce('aaaa')
  await task.send('aaaa')
  await other.using(id, manifestOf('aaaa'), async () => {
    await task.announce('bbbb')
    assert.deepEqual(await task.kept(), digestsOf('aaaa'))
    const second = task.updates.using(id, manifestOf('aaaa'), async () => 'checked twice at once')
    await assert.rejects(second, { code: 'busy' })
  })
  await task.updates.tidy(id)
  assert.deepEqual(await task.kept(), [])
})
