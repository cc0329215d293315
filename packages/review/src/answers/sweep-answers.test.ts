import assert from 'node:assert/strict'
import test from 'node:test'
import { createOrderedIds, type Id } from '@consort/protocol'
import { migrate, retentionSchema, startSweeper } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { answersRule } from '../asked/answers-rule.ts'
import { countDecided } from '../asked/count-decided.ts'
import { readAsked } from '../asked/find-asked.ts'
import { lastAsked } from '../asked/last-asked.ts'
import type { PlainAnswer } from '../case-file.ts'
import { feedbackOn, keepFeedback } from '../feedback/feedback-store.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { batchOfAnswer, createAddPlainAnswers, digestOfBatch } from './answer-store.ts'
import { sweepAnswers } from './sweep-answers.ts'

const addPlainAnswers = createAddPlainAnswers()
let nowMs = 0
const nextId = createOrderedIds('case', {
  entropy: { bytes: count => new Uint8Array(count) },
  nowMs: () => nowMs,
})
const { decision, ...sample } = sampleCase()
const day = (date: number): Date => new Date(Date.UTC(2026, 0, date))

function answerAt(at: Date): PlainAnswer {
  nowMs = at.getTime()
  const { action, probabilities, because, among, ...kept } = decision
  const { agent, version, askedBy } = sample
  const rest = { agent, version, askedBy, asked: at.toISOString(), idempotencyKey: null, requestDigest: null }
  return { id: nextId(), ...rest, decision: kept }
}

async function openAnswers() {
  const database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema, retentionSchema])
  const add = (answers: readonly PlainAnswer[]) =>
    database.transaction().execute(transaction => addPlainAnswers(transaction, answers))
  const ids = async () =>
    (await database.selectFrom('plain_answer').select('id').orderBy('id').execute()).map(({ id }) => id)
  return { database, add, ids, [Symbol.asyncDispose]: () => database.destroy() }
}

async function sweptRows(rows: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = []
  for await (const count of rows) all.push(count)
  return all
}

test('old answers go in whole batches, also where batches were written side by side, and with what was said of them', async () => {
  await using answers = await openAnswers()
  const { database } = answers
  const old = Array.from({ length: 1040 }, () => answerAt(day(1)))
  // Two batches at a time, whose ids take turns: a page of 500 rows would cut two of them.
  for (let first = 0; first < old.length; first += 80) {
    const both = old.slice(first, first + 80)
    await answers.add(both.filter((_, index) => index % 2 === 0))
    await answers.add(both.filter((_, index) => index % 2 === 1))
  }
  const young = answerAt(day(10))
  await answers.add([young])
  const said = { case: old[0]!.id, saidBy: 'key_a', verdict: 'wrong', label: null, at: '' } as const
  await database.transaction().execute(trx => keepFeedback(trx, said))

  let left: Id<'case'>[] = []
  for await (const _ of sweepAnswers(database, day(5))) {
    left = await answers.ids()
    const [oldest] = left
    const batch = await batchOfAnswer(database, oldest!)
    const rows = old.filter(({ id }) => left.includes(id))
    for (const { id } of rows.slice(0, 200)) {
      const own = (await batchOfAnswer(database, id))!
      assert.ok(left.includes(own), 'a batch that has lost its first answer has lost all')
    }
    assert.ok(batch)
  }
  assert.deepEqual(left, [young.id])
  assert.equal(await feedbackOn(database, said), undefined)
  const { guarantee } = decision
  const place = { agent: sample.agent, version: sample.version, guarantee }
  assert.equal((await countDecided(database, place)).answered, 1041, 'what was decided still counts')
})

test('the last batch stays, so that new ids come after it, and its digest holds', async () => {
  await using answers = await openAnswers()
  const { database } = answers
  await answers.add([answerAt(day(1))])
  const { digest, ...batch } = await answers.add([answerAt(day(2)), answerAt(day(2))])
  assert.deepEqual(await sweptRows(sweepAnswers(database, day(30))), [1])
  assert.equal(await digestOfBatch(database, batch), digest)
  assert.equal(await lastAsked(database), batch.last)
})

test('who asks for a deleted answer is told when it went and by which rule; a wrong id is just not found', async () => {
  await using answers = await openAnswers()
  await using stack = new AsyncDisposableStack()
  const { database } = answers
  const [old, young] = [answerAt(day(1)), answerAt(day(20))]
  await answers.add([old])
  await answers.add([young])
  await assert.rejects(readAsked(database, 'cas_0000000000000000'), { code: 'not-found' })
  let sweep = async (): Promise<void> => {}
  startSweeper(stack, {
    database,
    rules: { [answersRule]: before => sweepAnswers(database, before) },
    days: { [answersRule]: 10 },
    now: () => day(21),
    alone: (_, work) => work(),
    log: { info: () => {}, warn: entry => assert.fail(JSON.stringify(entry)) },
    onSweeper: given => {
      sweep = given
    },
  })
  await sweep()
  const gone = {
    code: 'gone',
    message: /is from before 2026-01-11.*deleted/,
    hint: /10 days \(CONSORT_KEEP_ANSWERS\)/,
  }
  await assert.rejects(readAsked(database, old.id), gone)
  await assert.rejects(readAsked(database, old.id, { askedBy: 'key_b' }), gone)
  assert.equal((await readAsked(database, young.id)).kind, 'answer')
  await assert.rejects(readAsked(database, young.id, { askedBy: 'key_b' }), { code: 'not-found' })
})
