import assert from 'node:assert/strict'
import test from 'node:test'
import { close } from '../testing/close.ts'
import { binomialAtMost } from './binomial.ts'

test('tails are the ones of a sum in 60 decimal digits, from a coin to a million draws', () => {
  const figures: [k: number, n: number, p: number, tail: number][] = [
    [0, 1, 0.3, 0.7],
    [0, 59, 0.05, 0.04849452524942323],
    [3, 100, 0.1, 0.007836487121184395],
    [7, 16, 0.3, 0.9256484499474205],
    [12, 20, 0.5, 0.8684120178222656],
    [40, 1000, 0.1, 1.0419950326403854e-12],
    [150, 1000, 0.1, 0.9999997225559099],
    [990, 1000, 0.98, 0.9953192495685856],
    [500, 100_000, 0.0051, 0.33881173835522815],
    [45_000, 100_000, 0.5, 4.300170822857348e-220],
    [2, 1_000_000, 1e-5, 0.0027693049164881646],
  ]
  for (const [k, n, p, tail] of figures) close(binomialAtMost(k, { n, p }), tail, 2e-13, `${k} of ${n}`)
})

test('all tails of small n are the sums of their terms', () => {
  for (let n = 1; n <= 30; n++) {
    for (const p of [0.001, 0.05, 0.3, 0.5, 0.77, 0.999]) {
      let [term, sum] = [(1 - p) ** n, 0]
      for (let k = 0; k < n; k++) {
        sum += term
        term *= ((n - k) / (k + 1)) * (p / (1 - p))
        close(binomialAtMost(k, { n, p }), sum, 1e-12, `${k} of ${n} at ${p}`)
      }
    }
  }
})

test('at the ends', () => {
  assert.equal(binomialAtMost(-1, { n: 3, p: 0.5 }), 0)
  assert.equal(binomialAtMost(3, { n: 3, p: 0.5 }), 1)
  assert.equal(binomialAtMost(0, { n: 0, p: 0.5 }), 1)
  assert.equal(binomialAtMost(0, { n: 3, p: 0 }), 1)
  assert.equal(binomialAtMost(2, { n: 3, p: 1 }), 0)
})
