import assert from 'node:assert/strict'
import test from 'node:test'
import { outcomesOf } from './outcomes.ts'
import { answering, bestShare, slightlyTooBad, syntheticPopulations } from './population.ts'
import { planted, ways } from './ways.ts'

test('what a gate answers is what counting gives, with a policy that answers some', () => {
  const cells = [
    { confidence: 0.9, wrong: 0 },
    { confidence: 0.9, wrong: 1 },
    { confidence: 0.7, wrong: 0 },
    { confidence: 0.6, wrong: 1 },
  ]
  const population = { name: 'four', cells }
  assert.deepEqual(answering(population)(0.65), { share: 0.75, risk: 1 / 3 })
  const half = answering(population, confidence => (confidence > 0.8 ? 0.5 : 1))
  assert.deepEqual(half(0.7), { share: 0.5, risk: 0.25 })
  assert.deepEqual(half(0.95), { share: 0, risk: 0 })
  assert.equal(bestShare(population, 0.34), 0.75)
  assert.equal(bestShare(population, 0.1), 0)
})

test('in a few splits the ways keep the promise where the planted ones break it', () => {
  const promise = { alpha: 0.05, delta: 0.1, splits: 20 }
  const bad = slightlyTooBad(promise.alpha)
  assert.ok(outcomesOf(bad, ways['one look'], promise).violations <= 0.3)
  assert.ok(outcomesOf(bad, ways.anytime, promise).violations <= 0.3)
  assert.ok(outcomesOf(bad, planted['plug-in threshold'], promise).violations > 0.5)
  const { share } = outcomesOf(syntheticPopulations[0]!, ways['streaming audits'], { ...promise, splits: 3 })
  assert.ok(share > 0.5)
})
