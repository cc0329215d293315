import assert from 'node:assert/strict'
import test from 'node:test'
import type { Id } from '@consort/protocol'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { addCase, type CaseFile, keepState, type ReviewTables, reviewSchema } from '@consort/review'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { createAwaitRevision } from './await-revision.ts'

const id: Id<'case'> = 'cas_0000000000000001'
const file: CaseFile = {
  id,
  ...{ agent: 'triage', dataset: 'wards', version: 'ver_0000000000000000', askedBy: 'key_a' },
  ...{
    idempotencyKey: 'question-1',
    requestDigest: `sha256:${'1'.repeat(64)}`,
    webhook: null,
    role: 'train',
  },
  record: { kind: 'row', cells: { age: 61 } },
  decision: {
    ...{ action: 'defer', reason: 'below-threshold', class: 'ill', confidence: 0.61, threshold: 0.9 },
    ...{ probabilities: [0.39, 0.61], calibrated: '2025-12-31T00:00:00.000Z', guarantee: 1, rival: null },
    propensities: { answer: 0, defer: 1 },
    audit: { isAudited: true, propensity: 1, propensityLeast: 0.05 },
    ...{ among: ['ill', 'well'], because: [] },
  },
  ...{ advice: null, asked: '2026-01-01T00:00:00.000Z', revision: 1, state: { kind: 'waiting' } },
}

async function openWaiting() {
  const database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema])
  await database.transaction().execute(transaction => addCase(transaction, file))
  const [waiting, closing] = [createWaitingRoom<Id<'case'>>(), new AbortController()]
  const wait = createAwaitRevision({ database, waiting, closing: closing.signal })
  return {
    closing,
    wait: (after: number) => wait({ id, askedBy: 'key_a', after, waitSeconds: 3600 }),
    async cancel() {
      const state = { kind: 'cancelled', at: '2026-01-02T00:00:00.000Z' } as const
      const later = { ...file, state, revision: 2 }
      await database.transaction().execute(transaction => keepState(transaction, later))
      waiting.announce(id)
    },
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

test('who waits for a case hears of its change', { timeout: 60_000 }, async t => {
  await using waiting = await openWaiting()
  t.after(() => waiting.closing.abort())
  const kindOf = async (after: number) => {
    const asked = await waiting.wait(after)
    return asked.kind === 'case' && asked.file.state.kind
  }
  assert.equal(await kindOf(0), 'waiting', 'what is news already is told at once')
  const told = [kindOf(1), kindOf(1)]
  await waiting.cancel()
  assert.deepEqual(await Promise.all(told), ['cancelled', 'cancelled'])
})

test('a node that closes lets everybody go, with the case as it is', { timeout: 60_000 }, async () => {
  await using waiting = await openWaiting()
  const waits = waiting.wait(1)
  waiting.closing.abort()
  assert.equal((await waits).kind, 'case')
})
