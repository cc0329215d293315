import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate, retentionSchema } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { askedBefore, readAsked } from '../asked/find-asked.ts'
import { listAsked, placeOf } from '../asked/list-asked.ts'
import type { PlainAnswer } from '../case-file.ts'
import { addCase } from '../cases/case-store.ts'
import { feedbackOn, keepFeedback } from '../feedback/feedback-store.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { answerColumn } from './answer-column.ts'
import { batchOfAnswer, createAddPlainAnswers, digestOfBatch } from './answer-store.ts'

const addPlainAnswers = createAddPlainAnswers()

async function openDatabase() {
  const database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema, retentionSchema])
  return {
    database,
    add: (answers: readonly PlainAnswer[]) =>
      database.transaction().execute(transaction => addPlainAnswers(transaction, answers)),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

function answerOf(number: number, changes: Partial<PlainAnswer> = {}): PlainAnswer {
  const { decision, ...file } = sampleCase()
  const {
    reason,
    class: said,
    confidence,
    threshold,
    calibrated,
    propensities,
    rival,
    guarantee,
    audit,
  } = decision
  return {
    id: `cas_${String(number).padStart(16, '0')}`,
    agent: file.agent,
    version: file.version,
    askedBy: 'key_a',
    asked: `2026-01-01T00:00:${String(number).padStart(2, '0')}.000Z`,
    idempotencyKey: null,
    requestDigest: null,
    decision: {
      reason,
      class: said,
      confidence,
      threshold,
      calibrated,
      guarantee,
      propensities,
      audit,
      rival,
    },
    ...changes,
  }
}

test('answers come back as they were kept, with and without a key, in batches of any size', async () => {
  await using cases = await openDatabase()
  const withKey = answerOf(3, { idempotencyKey: 'question-3', requestDigest: `sha256:${'3'.repeat(64)}` })
  await cases.add([answerOf(1), answerOf(2)])
  await cases.add([withKey, answerOf(4)])
  await cases.add([answerOf(5)])
  for (const answer of [answerOf(1), answerOf(2), withKey, answerOf(4), answerOf(5)]) {
    assert.deepEqual(await readAsked(cases.database, answer.id), { kind: 'answer', answer })
  }
  const asking = {
    askedBy: 'key_a',
    idempotencyKey: 'question-3',
    requestDigest: `sha256:${'3'.repeat(64)}`,
  } as const
  assert.deepEqual(await askedBefore(cases.database, asking), { kind: 'answer', answer: withKey })
  await assert.rejects(
    askedBefore(cases.database, { ...asking, requestDigest: `sha256:${'4'.repeat(64)}` }),
    {
      code: 'state-conflict',
    },
  )
  assert.equal(await askedBefore(cases.database, { ...asking, askedBy: 'key_b' }), undefined)
  const foreign = readAsked(cases.database, withKey.id, { askedBy: 'key_b' })
  await assert.rejects(foreign, { code: 'not-found' })
  await assert.rejects(cases.add([answerOf(9, { ...asking, id: 'cas_0000000000000009' })]))
})

test('a batch has one digest over all that its answers say, whatever their order', async () => {
  await using cases = await openDatabase()
  const [first, second, between] = [answerOf(1), answerOf(4), answerOf(3)]
  const batch = await cases.add([second, first])
  const other = await cases.add([between])
  assert.deepEqual([batch.first, batch.last, other.first], [first.id, second.id, between.id])
  for (const { id } of [first, second]) assert.equal(await batchOfAnswer(cases.database, id), batch.first)
  assert.equal(await digestOfBatch(cases.database, batch), batch.digest)
  assert.notEqual(other.digest, batch.digest)
  const text = answerColumn.write({ ...second, decision: { ...second.decision, class: 'well' } })
  await cases.database.updateTable('plain_answer').set({ text }).where('id', '=', second.id).execute()
  assert.notEqual(await digestOfBatch(cases.database, batch), batch.digest)
  assert.equal(await digestOfBatch(cases.database, other), other.digest)
  assert.equal(await batchOfAnswer(cases.database, 'cas_0000000000000099'), undefined)
})

test('lists hold answers and cases by when they were asked, the newest first, page by page', async () => {
  await using cases = await openDatabase()
  const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`
  await cases.add([1, 3, 5, 6].map(number => answerOf(number, number === 6 ? { asked: at(5) } : {})))
  for (const [number, changes] of [
    [2, {}],
    [4, { state: { kind: 'cancelled', at: at(9) } }],
    [7, { askedBy: 'key_b' }],
    [8, { agent: 'other' }],
  ] as const) {
    const file = sampleCase({
      id: `cas_${String(number).padStart(16, '0')}`,
      idempotencyKey: `question-${number}`,
      asked: at(number),
      ...changes,
    })
    await cases.database.transaction().execute(transaction => addCase(transaction, file))
  }
  const numbersOf = async (listed: Partial<Parameters<typeof listAsked>[1]>): Promise<number[]> =>
    (await listAsked(cases.database, { limit: 10, ...listed })).map(asked =>
      Number(placeOf(asked).id.slice(4)),
    )
  assert.deepEqual(await numbersOf({}), [8, 7, 6, 5, 4, 3, 2, 1])
  assert.deepEqual(await numbersOf({ askedBy: 'key_a', agent: 'triage' }), [6, 5, 4, 3, 2, 1])
  assert.deepEqual(await numbersOf({ state: 'deferred' }), [8, 7, 2])
  assert.deepEqual(await numbersOf({ state: 'cancelled' }), [4])
  assert.deepEqual(await numbersOf({ state: 'answered' }), [6, 5, 3, 1])
  for (const limit of [3, 2, 1]) {
    const seen: number[] = []
    let before: ReturnType<typeof placeOf> | undefined
    while (seen.length < 10) {
      const page = await listAsked(cases.database, { limit, before })
      if (page.length === 0) break
      seen.push(...page.map(asked => Number(placeOf(asked).id.slice(4))))
      before = placeOf(page.at(-1)!)
    }
    assert.deepEqual(seen, [8, 7, 6, 5, 4, 3, 2, 1], `${limit} on a page`)
  }
})

test('the last word of each caller about a case is kept', async () => {
  await using cases = await openDatabase()
  const said = {
    case: answerOf(1).id,
    saidBy: 'key_a',
    verdict: 'right',
    label: null,
    at: '2026-01-02T00:00:00.000Z',
  } as const
  const keep = (feedback: Parameters<typeof keepFeedback>[1]) =>
    cases.database.transaction().execute(transaction => keepFeedback(transaction, feedback))
  assert.equal(await feedbackOn(cases.database, said), undefined)
  await keep(said)
  await keep({ ...said, saidBy: 'operator', verdict: 'wrong', label: 'well' })
  assert.deepEqual(await feedbackOn(cases.database, said), said)
  await keep({ ...said, verdict: 'wrong' })
  assert.equal((await feedbackOn(cases.database, said))!.verdict, 'wrong')
})
