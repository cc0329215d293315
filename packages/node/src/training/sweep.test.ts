import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfBytes } from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs, openSqlite, segmentScope } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { keepWork } from '../sums/work-store.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { sweepHalfDone } from './sweep.ts'
import { weightsScope } from './weights.ts'

test('what a crash left half written goes; finished work, archives and downloaded weights stay', async () => {
  const database = openSqlite<NodeTables>(':memory:')
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  await migrate(database, [eventSchema, nodeSchema])
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  const bytes = Buffer.from('1234')
  const chunk = { digest: digestOfBytes(bytes), bytes: 4 }
  const [done, half] = ['tsk_0000000000000001', 'tsk_0000000000000002'] as const
  for (const scope of [done, half, segmentScope, weightsScope]) await blobs.put(scope, chunk, bytes)
  const work = { task: done, manifest: { bytes: 4, chunks: [chunk] }, outcome: null, at: new Date(0) }
  await database.transaction().execute(transaction => keepWork(transaction, work))
  const enrolment = { member: 'mem_0000000000000001' } as never
  await sweepHalfDone({ database, blobs, enrolment, log: { warn() {} } as never })
  assert.deepEqual(await blobs.scopes(), [done, segmentScope, weightsScope].sort())
})
