import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { createKeyPair, type Id, presetRecipe } from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs, openSqlite } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { trainedParts } from '@consort/train'
import { sql } from 'kysely'
import { keepInstead } from '../datasets/dataset-store.ts'
import { openPolicy } from '../policy/policy.ts'
import { findWork } from '../sums/work-store.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { registered } from '../testing/registered-dataset.ts'
import { makeUpdate } from './make-update.ts'

const task: Id<'task'> = 'tsk_0000000000000001'
const recipe = presetRecipe('mnist-cnn')

/** A node whose engine gives zeros; `make` makes the update of a task with it. */
async function openTraining() {
  const database = openSqlite<NodeTables>(':memory:')
  await migrate(database, [eventSchema, nodeSchema])
  const data = registered('d', 1000)
  await database.transaction().execute(transaction => keepInstead(transaction, data))
  const zeros = new Float32Array(trainedParts(recipe).layout.size)
  const context = {
    ...{ database, blobs: openLocalBlobs(createLossyFiles(), '/data/blobs'), key: createKeyPair() },
    ...{ guarded: { of: async () => undefined }, enrolment: { name: 'a' }, now: () => new Date(0) },
  }
  const scope = {
    ...{ weights: { fetch: async () => zeros }, unwanted: new AbortController() },
    slot: { use: async () => ({ weights: zeros, examples: 1000, loss: 0.5 }) },
    signal: new AbortController().signal,
  }
  const policy = openPolicy(join(import.meta.dirname, 'no-policy.yaml')).read()
  const asked = { id: task, run: 'run_0000000000000001', round: 1, rounds: 1, card: data.id, withinMs: 1000 }
  return {
    database,
    make: () =>
      makeUpdate(context as never, scope as never, { task: asked, recipe, policy, agreements: [] } as never),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

test('an update is written down when it is handed on, with its log entry', async () => {
  await using training = await openTraining()
  const { manifest } = await training.make()
  assert.deepEqual((await findWork(training.database, task))?.manifest, manifest)
  assert.equal((await training.database.selectFrom('event').select('seq').execute()).length, 1)
})

test('an update that cannot be written down is not handed on', async () => {
  await using training = await openTraining()
  await sql`create trigger full before insert on event begin select raise(abort, 'disk is full'); end`.execute(
    training.database,
  )
  await assert.rejects(training.make(), /disk is full/)
  assert.equal(await findWork(training.database, task), undefined)
})
