import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, type Id } from '@consort/protocol'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { insertCard } from '../members/card-store.ts'
import { openHubDatabase } from '../testing/open-hub-database.ts'
import { putAgreement } from '../testing/put-agreement.ts'
import { sweepRuns } from './condensed/sweep-runs.ts'
import { retrainIfDue } from './retrain.ts'
import { keepState, readRun } from './run-store.ts'
import { keepShare } from './tasks/task-store.ts'

const at = new Date(0)
const card: Id<'card'> = 'crd_0000000000000009'

/**
 * Whether a run is ordered when so many examples have come since the last one, under terms that ask for five. This hub
 * has no roster, so that an order is refused.
 */
async function isOrdered(added: number, { isCondensed = false } = {}): Promise<boolean> {
  await using hub = await openHubDatabase()
  await hub.keep()
  const { database, task } = hub
  const { id, run, member } = task.document
  await putAgreement(database, { retrainAfterExamples: 5 })
  const before = await readRun(database, run)
  const { dataset } = before.recipe
  await database.transaction().execute(async transaction => {
    const state = { phase: 'done', because: 'rounds', round: 1, best: 1 } as const
    await keepState(transaction, before, { state, ended: at.toISOString(), bytes: before.bytes })
    await keepShare(transaction, id, { weight: 1, at: at.toISOString() })
    const document = { kind: 'data-card', id: card, member, dataset, role: 'train' } as const
    const size = { trainExamples: 10 + added, evaluationExamples: 0 }
    const contents = { kind: 'table' as const, columns: [] }
    await insertCard(transaction, { document: { ...document, contents, ...size }, signatures: [] }, at)
  })
  const blobs = openLocalBlobs(createLossyFiles(), '/data/blobs')
  if (isCondensed) for await (const _ of sweepRuns({ database, blobs }, new Date(1)));
  const context = { database, key: createKeyPair(), now: () => at } as never
  const refusal = await retrainIfDue(context, dataset).catch(error => error)
  if (refusal === undefined) return false
  assert.equal(refusal.code, 'roster-unsigned')
  return true
}

test('a model is trained again once as many examples have come as was agreed, and not one earlier', async () => {
  assert.deepEqual([await isOrdered(4), await isOrdered(5), await isOrdered(6)], [false, true, true])
})

test('what a run was trained on still counts after its tasks went', async () => {
  const orders = [await isOrdered(4, { isCondensed: true }), await isOrdered(5, { isCondensed: true })]
  assert.deepEqual(orders, [false, true])
})
