import assert from 'node:assert/strict'
import test from 'node:test'
import { migrate, openSqlite } from '@consort/storage'
import type { PlainAnswer } from './case-file.ts'
import { countDecided } from './count-decided.ts'
import { decidedCases } from './decided-cases.ts'
import { addCase } from './keep-case.ts'
import { addPlainAnswers } from './plain-answers.ts'
import { type ReviewTables, reviewSchema } from './tables.ts'
import { sampleCase } from './testing/sample-case.ts'

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
  await using database = openSqlite<ReviewTables>(':memory:')
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
