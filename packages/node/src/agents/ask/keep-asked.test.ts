import assert from 'node:assert/strict'
import test from 'node:test'
import { digestOfJson } from '@consort/protocol'
import type { AskedCase } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { addAccessKey, createReservations, readAccount, reserve } from '@consort/serving'
import { openLateSync } from '@consort/storage'
import { openServedAgent } from '../../testing/open-served-agent.ts'
import { askedCommit } from './keep-asked.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const price = 100

/** A node that keeps what one application asks it, whose answers are owed or not. */
async function openKeeping({ isOwed }: { isOwed: boolean }) {
  const agent = await openServedAgent()
  const { database } = agent
  const limits = { agents: null, expires: null, requestsPerMinute: null, decimals: 2 }
  const budget = { queriesPerMonth: 10, minorUnitsPerMonth: 10 * price }
  const entropy = { bytes: (count: number) => new Uint8Array(count).fill(7) }
  const holder = await database.transaction().execute(transaction => {
    const wanted = { name: 'app', holder: 'application' as const, limits: { ...limits, ...budget } }
    return addAccessKey(transaction, wanted, { entropy, now })
  })
  const lateSync = openLateSync(database, { onFailedSync: () => {} })
  const log = { key: { publicKey: 'key' }, now: () => now }
  return {
    ...{ database, holder, [Symbol.asyncDispose]: agent[Symbol.asyncDispose] },
    keep: askedCommit({ ...log, meter: async () => isOwed }, lateSync),
    reserve: (queries: number) => reserve(createReservations(database), { holder, price, queries, now }),
    account: () => readAccount(database, { key: holder.id, month: '2026-01' }),
  }
}

/** The question with which the application names its number, deferred or answered. */
function question(id: `cas_${string}`, number: number, { as }: { as: 'case' | 'answer' }): AskedCase {
  const { decision, ...file } = sampleCase({ id, askedBy: 'key_app' })
  const asking = { idempotencyKey: `question-${number}`, requestDigest: digestOfJson(number) }
  if (as === 'case') return { kind: 'case', file: { ...file, ...asking, decision } }
  const { agent, version, askedBy, asked } = file
  const { action: _a, probabilities: _p, among: _m, because: _b, ...plain } = decision
  return { kind: 'answer', answer: { id, agent, version, askedBy, asked, ...asking, decision: plain } }
}

test('a question that comes twice in one group is kept once, and both callers get the first', async () => {
  for (const as of ['case', 'answer'] as const) {
    await using keeping = await openKeeping({ isOwed: true })
    const asked = [
      question('cas_0000000000000001', 1, { as }),
      question('cas_0000000000000002', 1, { as }),
      question('cas_0000000000000003', 2, { as }),
    ]
    const reservation = await keeping.reserve(3)
    const kept = await keeping.keep(asked.map(one => ({ asked: one, reservation })))
    assert.deepEqual(kept, [asked[0], asked[0], asked[2]])
    const { queries } = await keeping.account()
    assert.deepEqual(queries, { spent: 2, held: 1 }, 'and the second is not charged')
  }
})

test('an answer is charged where it is owed, and counted where it is not', async () => {
  for (const isOwed of [true, false]) {
    await using keeping = await openKeeping({ isOwed })
    const asked = [1, 2].map(number => question(`cas_000000000000000${number}`, number, { as: 'answer' }))
    const reservation = await keeping.reserve(2)
    await keeping.keep(asked.map(one => ({ asked: one, reservation })))
    const { queries, minorUnits } = await keeping.account()
    assert.deepEqual(queries, { spent: 2, held: 0 })
    assert.deepEqual(minorUnits, { spent: isOwed ? 2 * price : 0, held: 0 })
  }
})
