import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes, type Id } from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs, openSqlite } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { forgetWork } from './forget-work.ts'
import { findWork, keepWork } from './work-store.ts'

test('of work that was delivered nothing stays, of other work all', async () => {
  const database = openSqlite<NodeTables>(':memory:')
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  await migrate(database, [eventSchema, nodeSchema])
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const bytes = Buffer.from('1234')
  const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
  const [delivered, other]: Id<'task'>[] = ['tsk_0000000000000001', 'tsk_0000000000000002']
  for (const task of [delivered!, other!]) {
    await blobs.put(task, chunk, bytes)
    const manifest = { bytes: 4, chunks: [chunk] }
    await database
      .transaction()
      .execute(transaction => keepWork(transaction, { task, manifest, outcome: null, at: new Date(0) }))
  }
  await forgetWork({ database, blobs }, delivered!)
  assert.equal(await findWork(database, delivered!), undefined)
  assert.deepEqual((await findWork(database, other!))?.manifest.chunks, [chunk])
  assert.deepEqual(await blobs.scopes(), [other])
})
