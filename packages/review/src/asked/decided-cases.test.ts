import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate } from '@consort/storage'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { createAddPlainAnswers } from '../answers/answer-store.ts'
import type { PlainAnswer } from '../case-file.ts'
import { addCase } from '../cases/case-store.ts'
import { reviewSchema } from '../migrations.ts'
import type { ReviewTables } from '../tables.ts'
import { sampleCase } from '../testing/sample-case.ts'
import { countDecided } from './count-decided.ts'
import { decidedCases } from './decided-cases.ts'

const addPlainAnswers = createAddPlainAnswers()

const idOf = (number: number) => `cas_${String(number).padStart(16, '0')}` as const
const { decision, ...sample } = sampleCase()

function answer(number: number, guarantee = 1): PlainAnswer {
  const { action, probabilities, because, among, ...kept } = decision
  const { agent, version, askedBy, asked } = sample
  const chances = { propensities: { answer: 0.7, defer: 0.3 }, guarantee }
  const audit = { isAudited: false, propensity: 0.1, propensityLeast: 0.05 }
  const rest = { agent, version, askedBy, asked, idempotencyKey: null, requestDigest: null }
  return { id: idOf(number), ...rest, decision: { ...kept, ...chances, audit } }
}

test('all that a guarantee decided comes in the order of asking, from both tables, and nothing of another one', async () => {
  await using database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema])
  const numbers = Array.from({ length: 2500 }, (_, number) => number)
  const files = numbers.filter(number => number % 500 === 250)
  const others = numbers.filter(number => number % 100 === 7)
  const answers = numbers.filter(number => !files.includes(number))
  await database.transaction().execute(async transaction => {
    for (const number of files) {
      const key = { id: idOf(number), idempotencyKey: `question-${number}` }
      const guarantee = number === 250 ? 2 : 1
      await addCase(transaction, sampleCase({ ...key, decision: { ...decision, guarantee } }))
    }
    for (let from = 0; from < answers.length; from += 500) {
      const batch = answers.slice(from, from + 500)
      await addPlainAnswers(
        transaction,
        batch.map(number => answer(number, others.includes(number) ? 2 : 1)),
      )
    }
  })
  const place = { agent: sample.agent, version: sample.version, guarantee: 1 }
  const cases = await decidedCases(database, place)
  const expected = numbers.filter(number => !others.includes(number) && number !== 250)
  assert.deepEqual(
    cases.map(({ id }) => id),
    expected.map(idOf),
  )
  const { answered, deferred } = await countDecided(database, place)
  assert.equal(answered + deferred, expected.length)
  const [file, plain] = [cases.find(({ id }) => id === idOf(750))!, cases[0]!]
  assert.deepEqual([file.decision.action, file.state], ['defer', { kind: 'waiting' }])
  assert.deepEqual([plain.decision.action, plain.state], ['answer', { kind: 'answered' }])
  assert.deepEqual(plain.decision.propensities, { answer: 0.7, defer: 0.3 })
  assert.equal((await decidedCases(database, { ...place, guarantee: 2 })).length, others.length + 1)
  assert.deepEqual(await decidedCases(database, { ...place, agent: 'other' }), [])
})

test('what another version answered is not its rival’s, though it names the rival', async () => {
  await using database = await openTestDatabase<ReviewTables>()
  await migrate(database, [reviewSchema])
  const version = 'ver_1111111111111111'
  const plain = answer(1)
  const compared = { ...plain, decision: { ...plain.decision, rival: { version, class: 'ill' } } } as const
  await database.transaction().execute(transaction => addPlainAnswers(transaction, [compared]))
  const place = { agent: sample.agent, version: sample.version, guarantee: 1 }
  assert.equal((await decidedCases(database, place)).length, 1)
  assert.equal((await countDecided(database, place)).answered, 1)
  assert.deepEqual(await decidedCases(database, { ...place, version }), [])
  assert.equal((await countDecided(database, { ...place, version })).answered, 0)
})
