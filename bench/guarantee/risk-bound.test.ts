import assert from 'node:assert/strict'
import test from 'node:test'
import { binomialAtMost } from '@consort/agents'
import { riskBound } from './risk-bound.ts'

test('bounds are the ones of scipy 1.17 (stats.beta.ppf(1 − δ, wrong + 1, answered − wrong))', () => {
  const figures: [wrong: number, answered: number, delta: number, bound: number][] = [
    [0, 59, 0.05, 0.04950760988822693],
    [1, 100, 0.05, 0.046559811453538935],
    [12, 400, 0.1, 0.044132093562876486],
    [9, 10, 0.05, 0.9948838031081763],
    [250, 10_000, 0.01, 0.028874832658870118],
    [5000, 1_000_000, 0.05, 0.0051175840516408605],
  ]
  for (const [wrong, answered, delta, bound] of figures) {
    const found = riskBound({ wrong, answered }, delta)
    assert.ok(Math.abs(found - bound) <= 1e-11 * bound, `${wrong} of ${answered}: ${found}`)
  }
  assert.equal(riskBound({ wrong: 3, answered: 3 }, 0.05), 1)
  assert.equal(riskBound({ wrong: 0, answered: 0 }, 0.05), 1)
})

test('it covers the truth with probability ≥ 1 − δ, summed over all outcomes', () => {
  const delta = 0.1
  for (const answered of [5, 30, 80]) {
    const bounds = Array.from({ length: answered + 1 }, (_, wrong) => riskBound({ wrong, answered }, delta))
    for (let truth = 0.01; truth < 1; truth += 0.01) {
      const missed = bounds.filter(bound => bound < truth).length // these are the smallest counts
      const probability = binomialAtMost(missed - 1, { n: answered, p: truth })
      assert.ok(probability <= delta + 1e-12, `${answered} at ${truth}: ${probability}`)
    }
  }
})
