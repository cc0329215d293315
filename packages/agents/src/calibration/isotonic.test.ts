import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal, type RefusalCode } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { applyIsotonic, fitIsotonic } from './isotonic.ts'

test('values are the ones of scikit-learn 1.8 (IsotonicRegression), ties pooled', () => {
  const scores = [0.1, 0.2, 0.2, 0.35, 0.4, 0.5, 0.6, 0.6, 0.7, 0.9, 0.95]
  const isRight = [0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1].map(Boolean)
  const fit = fitIsotonic(scores.toReversed(), isRight.toReversed())
  const expected = [0, 1 / 3, 1 / 3, 0.6, 0.6, 0.6, 0.6, 1, 1]
  for (const [index, score] of [0.1, 0.2, 0.35, 0.4, 0.5, 0.6, 0.7, 0.9, 0.95].entries()) {
    close(applyIsotonic(fit, score), expected[index]!, 1e-12, `at ${score}`)
  }
  assert.equal(applyIsotonic(fit, -1), 0)
  assert.equal(applyIsotonic(fit, 2), 1)
})

test('it is the never-falling function with the least squares: no nearby one is better', () => {
  const uniform = createRandom(9).uniform
  const scores = Array.from({ length: 60 }, uniform)
  const isRight = scores.map(score => uniform() < score)
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!)
  const fit = fitIsotonic(scores, isRight)
  const values = order.map(index => applyIsotonic(fit, scores[index]!))
  const loss = (given: readonly number[]): number =>
    given.reduce((sum, value, place) => sum + (value - (isRight[order[place]!] ? 1 : 0)) ** 2, 0)
  assert.ok(values.every((value, place) => place === 0 || value >= values[place - 1]!))
  for (let trial = 0; trial < 500; trial++) {
    const moved = values.map(value => value + 0.02 * (uniform() - 0.5)).sort((a, b) => a - b)
    assert.ok(loss(moved) >= loss(values) - 1e-12, `seed 9, trial ${trial}`)
  }
})

test('no records and scores that are not finite are refused', () => {
  const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)
  assert.throws(() => fitIsotonic([], []), refused('input-invalid'))
  assert.throws(() => fitIsotonic([Number.NaN], [true]), refused('value-invalid'))
})
