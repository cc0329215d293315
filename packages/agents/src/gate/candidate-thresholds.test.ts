import assert from 'node:assert/strict'
import test from 'node:test'
import { candidateThresholds } from './candidate-thresholds.ts'

const promise = { alpha: 0.05, delta: 0.05 }

test('candidates are quantiles: the strictest lets three times the least through, the loosest all', () => {
  const others = Array.from({ length: 10_000 }, (_, index) => index / 10_000)
  const thresholds = candidateThresholds(others, { records: 1770, ...promise, count: 10 })
  assert.equal(thresholds.length, 10)
  assert.equal(thresholds[0], 0.9) // 3 · 59 of 1770
  assert.equal(thresholds.at(-1), 0)
  assert.deepEqual(
    thresholds,
    thresholds.toSorted((a, b) => b - a),
  )
  assert.deepEqual(candidateThresholds(others, { records: 50, ...promise }), [0])
  assert.deepEqual(candidateThresholds([1, Number.NaN, 1, 1], { records: 1770, ...promise }), [1])
})

test('promises that are none and no confidences at all are refused', () => {
  for (const wrong of [{ alpha: 0 }, { alpha: 1 }, { delta: 0 }, { delta: Number.NaN }])
    assert.throws(() => candidateThresholds([1], { records: 100, ...promise, ...wrong }), {
      code: 'input-invalid',
    })
  assert.throws(() => candidateThresholds([], { records: 100, ...promise }), { code: 'input-invalid' })
})
