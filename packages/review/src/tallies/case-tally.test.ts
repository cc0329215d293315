import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { migrate, openSqlite } from '@consort/storage'
import { costlySteps, type Statement } from '@consort/storage/testing/query-plans'
import type { Kysely } from 'kysely'
import { createAddPlainAnswers } from '../answers/answer-store.ts'
import { countDecided } from '../asked/count-decided.ts'
import { listAsked } from '../asked/list-asked.ts'
import type { Advice, CaseFile } from '../case-file.ts'
import { cancelCase, operatorReviewer, type Reviewer, stepCase } from '../case-state.ts'
import { closedCount, openCases, waitingCounts } from '../cases/case-queue.ts'
import { addCase, findCase, keepAdvice, keepState } from '../cases/case-store.ts'
import { countLabelled, judgedApart } from '../cases/labelled-cases.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'

const ann: Reviewer = { id: 'key_ann', name: 'ann' }
const ben: Reviewer = { id: 'key_ben', name: 'ben' }
const at = '2026-01-02T00:00:00.000Z'
const idOf = (number: number) => `cas_${String(number).padStart(16, '0')}` as const
const beforeTallies = reviewSchema.migrations.findIndex(({ name }) => name === 'tallies')

async function opened(onStatement = (_: Statement) => {}, migrations = reviewSchema.migrations) {
  const database = openSqlite<ReviewTables>(':memory:', {
    onStatement: (sql, parameters) => onStatement({ sql, parameters }),
  })
  await migrate(database, [{ ...reviewSchema, migrations }])
  return database
}

const talliesOf = (database: Kysely<ReviewTables>) =>
  database
    .selectFrom('case_tally')
    .selectAll()
    .where('count', '!=', 0)
    .orderBy('what')
    .orderBy('subject')
    .execute()

/** What an upgrade counts in the rows of a database. */
async function countedAnew(database: Kysely<ReviewTables>) {
  await using older = await opened(undefined, reviewSchema.migrations.slice(0, beforeTallies))
  for (const table of ['asked_case', 'plain_answer'] as const) {
    const rows = await database.selectFrom(table).selectAll().execute()
    for (const row of rows) await older.insertInto(table).values(row).execute()
  }
  await migrate(older, [reviewSchema])
  return await talliesOf(older)
}

const advice: Advice = {
  consultation: 'con_0000000000000000',
  partner: 'north',
  class: 'ill',
  confidence: 0.9,
  version: 'ver_0000000000000000',
  propensity: 1,
  at,
  wasWaiting: true,
  isTold: true,
  threshold: 0.8,
}

function someCase(number: number, draw: (count: number) => number): CaseFile {
  const { decision } = sampleCase()
  const action = draw(3) === 0 ? 'answer' : 'defer'
  return sampleCase({
    id: idOf(number),
    idempotencyKey: `question-${number}`,
    agent: ['triage', 'beds'][draw(2)]!,
    role: (['train', 'calibrate', 'test'] as const)[draw(3)]!,
    decision: { ...decision, action, guarantee: draw(2) },
  })
}

/** One of the things that happen to a case; undefined where it can no more. */
function happened(file: CaseFile, draw: (count: number) => number) {
  const by = draw(4) === 0 ? ben : ann
  const sort = draw(4)
  if (sort === 3 && file.advice === null && file.state.kind === 'waiting') {
    const told = { ...advice, isTold: draw(2) === 0 }
    return { kind: 'advised', file: { ...file, advice: told }, isAudited: draw(2) === 0 } as const
  }
  try {
    const state =
      sort === 0
        ? cancelCase(file.state, at)
        : stepCase(file.state, { stage: sort === 1 ? 'first' : 'final', class: 'ill', by, at })
    return { kind: 'stepped', file: { ...file, state } } as const
  } catch {
    return undefined
  }
}

test('what is kept as a count is what would be counted, whatever happens to cases', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= 5; seed++) {
    await using database = await opened()
    const random = createRandom(seed)
    const draw = (count: number) => random.integer(count)
    const addAnswers = createAddPlainAnswers()
    const ids: CaseFile['id'][] = []
    for (let step = 0; step < 300; step++) {
      await database.transaction().execute(async transaction => {
        const fresh = someCase(step, draw)
        if (draw(6) === 0) {
          const { id, agent, version, askedBy, asked, decision } = fresh
          const kept = { id, agent, version, askedBy, asked, decision }
          await addAnswers(transaction, [{ ...kept, idempotencyKey: null, requestDigest: null }])
          return
        }
        if (ids.length === 0 || draw(3) === 0) {
          ids.push(fresh.id)
          return await addCase(transaction, fresh)
        }
        const file = await findCase(transaction, ids[draw(ids.length)]!, {})
        const next = file && happened(file, draw)
        if (next?.kind === 'stepped') await keepState(transaction, next.file)
        if (next?.kind === 'advised') await keepAdvice(transaction, next.file, next)
      })
    }
    const kept = await talliesOf(database)
    for (const { what } of kept) seen.add(what)
    assert.deepEqual(kept, await countedAnew(database), `seed ${seed}`)
  }
  assert.equal(seen.size, 12, 'something was never counted')
})

test('a case that was not kept is not counted', async () => {
  await using database = await opened()
  const kept = database.transaction().execute(async transaction => {
    await addCase(transaction, sampleCase())
    throw new Error('no')
  })
  await assert.rejects(kept, /no/)
  assert.deepEqual(await talliesOf(database), [])
})

/** Some cases wait, ann has begun some and closed others; the statements of what then is asked. */
async function asksOf(count: number): Promise<Statement[]> {
  let statements: Statement[] = []
  await using database = await opened(statement => void statements.push(statement))
  await database.transaction().execute(async transaction => {
    for (let number = 0; number < count; number++) {
      const decision = { ...sampleCase().decision, action: number % 4 ? 'defer' : 'answer' } as const
      const file = sampleCase({ id: idOf(number), idempotencyKey: `question-${number}`, decision })
      await addCase(transaction, file)
      if (number % 3 === 0) continue
      const begun = stepCase(file.state, { stage: 'first', class: 'ill', by: ann, at })
      const closed = stepCase(begun, { stage: 'final', class: 'ill', by: ann, at })
      await keepState(transaction, { ...file, state: number % 3 === 1 ? begun : closed })
    }
  })
  statements = []
  const place = { agent: 'triage', version: 'ver_0000000000000000', guarantee: 1 } as const
  for (const reviewer of [operatorReviewer, ann, ben]) {
    await openCases(database, reviewer)
    await closedCount(database, reviewer)
  }
  await waitingCounts(database, 'defer')
  await countLabelled(database, { dataset: 'wards', role: 'train' })
  await countDecided(database, place)
  await judgedApart(database, place)
  const before = { at: '2027-01-01T00:00:00.000Z', id: idOf(1) }
  await listAsked(database, { limit: 5 })
  await listAsked(database, { limit: 5, before })
  for (const state of ['cancelled', 'deferred'] as const) {
    await listAsked(database, { limit: 5, state, before })
    await listAsked(database, { limit: 5, state, before, askedBy: 'key_a' })
  }
  await listAsked(database, { limit: 5, askedBy: 'key_a', before })
  assert.deepEqual(await costlySteps(database, statements), [])
  return statements
}

test('what experts and reports ask costs as much with many cases as with few, and sorts nothing', async () => {
  assert.equal((await asksOf(300)).length, (await asksOf(30)).length)
})
