import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { sql } from 'kysely'
import { countDecided } from './asked/count-decided.ts'
import { decidedCases } from './asked/decided-cases.ts'
import { readAsked } from './asked/find-asked.ts'
import { listAsked, placeOf } from './asked/list-asked.ts'
import { reviewSchema } from './migrations.ts'
import type { ReviewTables } from './tables.ts'

const version = 'ver_0000000000000000'
const idOf = (number: number) => `cas_${String(number).padStart(16, '0')}` as const
const at = '2025-12-01T00:00:00.000Z'
const propensities = { answer: 0.5, defer: 0.5 }
const said = { reason: 'below-threshold', class: 'ill', confidence: 0.6, threshold: 0.9, propensities }
const spotCheck = { isAudited: true, propensity: 1, propensityLeast: 0.05 }
const under = { guarantee: 1, audit: spotCheck, calibrated: at, rival: null }

/** A database as the version before this step left it, with a row of each age. */
async function openOlder() {
  const database = await openTestDatabase<ReviewTables>()
  await migrate(database, [{ ...reviewSchema, migrations: reviewSchema.migrations.slice(0, 4) }])
  const addCase = async (number: number, decision: object, advice: object | null): Promise<void> => {
    const full = { action: 'defer', ...said, probabilities: [0.4, 0.6], because: [], ...decision }
    const record = { kind: 'row', cells: { age: 61 } }
    await sql`insert into asked_case (id, agent, dataset, version, asked_by, idempotency_key, request_digest, record,
      role, action, decision, advice, asked, revision) values (${idOf(number)}, 'triage', 'wards', ${version},
      'key_a', ${`question-${number}`}, ${`sha256:${'0'.repeat(64)}`}, ${JSON.stringify(record)}, 'train', 'defer',
      ${JSON.stringify(full)}, ${advice && JSON.stringify(advice)}, ${at}, 1)`.execute(database)
  }
  const addAnswer = async (number: number, decision: object): Promise<void> => {
    const place = { id: idOf(number), agent: 'triage', version, askedBy: 'key_a', asked: at }
    const answer = { ...place, idempotencyKey: null, requestDigest: null, decision: { ...said, ...decision } }
    await sql`insert into plain_answer (id, agent, asked_by, asked, batch, text) values (${idOf(number)}, 'triage',
      'key_a', ${at}, ${idOf(number)}, ${JSON.stringify(answer)})`.execute(database)
  }
  return { database, addCase, addAnswer, [Symbol.asyncDispose]: () => database.destroy() }
}

const advice = {
  consultation: 'con_0000000000000000',
  partner: 'north',
  class: 'ill',
  confidence: 0.9,
  version,
  propensity: 1,
  at,
  threshold: 0.8,
}

test('cases and answers of older versions are read, listed and counted as before', async () => {
  await using older = await openOlder()
  await older.addCase(1, {}, null) // before there were guarantees, sets and spot checks
  await older.addCase(2, { ...under, among: ['ill'] }, { ...advice, isTold: true })
  await older.addCase(3, { ...under, among: [] }, { ...advice, isTold: false, wasWaiting: true })
  await older.addAnswer(4, { calibrated: at, rival: null }) // before there were guarantees
  await older.addAnswer(5, { ...under, audit: { ...spotCheck, isAudited: false } })
  await migrate(older.database, [reviewSchema])

  const listed = async (state: 'answered' | 'deferred') =>
    (await listAsked(older.database, { state, limit: 10 })).map(asked => placeOf(asked).id)
  assert.deepEqual(await listed('deferred'), [idOf(3), idOf(1)])
  assert.deepEqual(await listed('answered'), [idOf(5), idOf(4), idOf(2)])
  const place = { agent: 'triage', version, guarantee: 1 } as const
  const decided = await decidedCases(older.database, place)
  assert.deepEqual(
    decided.map(({ id }) => id),
    [idOf(2), idOf(3), idOf(5)],
  )
  const { answered, consulted, deferred } = await countDecided(older.database, place)
  assert.deepEqual([answered, consulted, deferred], [1, 1, 1])
  const first = await readAsked(older.database, idOf(1))
  assert.ok(first.kind === 'case')
  assert.deepEqual([first.file.decision.among, first.file.decision.guarantee], [[], 0])
})

test('every one of many answers of an older version gets its columns', async () => {
  await using older = await openOlder()
  for (let number = 0; number < 2500; number++) await older.addAnswer(number, { ...under, guarantee: 2 })
  await migrate(older.database, [reviewSchema])
  const place = { agent: 'triage', version, guarantee: 2 } as const
  assert.equal((await countDecided(older.database, place)).answered, 2500)
})
