import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes, type Id } from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs, openSqlite } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { forgetWork } from './forget-work.ts'
import { sweepWork } from './sweep-work.ts'
import { findWork, keepWork, keptWork } from './work-store.ts'

const dayMs = 86_400_000

/** A node that has done the work of two tasks, the second a day after the first. */
async function openWork() {
  const database = openSqlite<NodeTables>(':memory:')
  await migrate(database, [eventSchema, nodeSchema])
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const bytes = Buffer.from('1234')
  const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
  const [delivered, other]: Id<'task'>[] = ['tsk_0000000000000001', 'tsk_0000000000000002']
  for (const [day, task] of [delivered!, other!].entries()) {
    await blobs.put(task, chunk, bytes)
    const manifest = { bytes: 4, chunks: [chunk] }
    await database
      .transaction()
      .execute(transaction =>
        keepWork(transaction, { task, manifest, outcome: null, at: new Date(day * dayMs) }),
      )
  }
  return {
    ...{ database, blobs, delivered: delivered!, other: other! },
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

test('of work that was delivered nothing stays, of other work all', async () => {
  await using work = await openWork()
  const { database, blobs, delivered, other } = work
  await forgetWork(work, delivered)
  assert.equal(await findWork(database, delivered), undefined)
  assert.deepEqual((await findWork(database, other))?.manifest.bytes, 4)
  assert.deepEqual(await blobs.scopes(), [other])
})

test('work that nobody asked for goes by its age, with its files', async () => {
  await using work = await openWork()
  const sweep = async (before: number) => {
    let gone = 0
    for await (const rows of sweepWork(work, new Date(before))) gone += rows
    return gone
  }
  assert.equal(await sweep(0), 0)
  assert.equal(await sweep(dayMs), 1)
  assert.deepEqual(await work.blobs.scopes(), [work.other])
  assert.deepEqual(await keptWork(work.database), [work.other])
})
