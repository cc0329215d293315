import assert from 'node:assert/strict'
import test from 'node:test'
import { misfit, normalBelow } from '../testing/normal-distribution.ts'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { createGaussianSteps } from './gaussian-steps.ts'
import { tableDeviation } from './gaussian-table.ts'
import { stepsMax } from './noise-kernels.ts'

const coarse = 1200
const deviation = tableDeviation * Math.hypot(coarse, 1)
const binsPerDeviation = 64
const span = 8

/** Counts of draws in bins of σ/64 between ±8 σ, and what the normal distribution expects there. */
function histogram(draws: number, change: (x: number) => number): [Float64Array, Float64Array] {
  const source = createGaussianSteps(seededEntropy('long'))
  const counts = new Float64Array(2 * span * binsPerDeviation)
  for (let drawn = 0; drawn < draws; drawn += stepsMax) {
    const steps = source.draw(stepsMax, coarse)
    for (let index = 0; index < steps.length; index++) {
      counts[Math.floor((change((steps[index]! + 0.5) / deviation) + span) * binsPerDeviation)]!++
    }
  }
  const expected = counts.map((_, bin) => {
    const below = bin / binsPerDeviation - span
    // From the side where probabilities are small, so that their difference keeps its digits.
    const [from, to] =
      below < 0 ? [below, below + 1 / binsPerDeviation] : [-below - 1 / binsPerDeviation, -below]
    return draws * (normalBelow(to) - normalBelow(from))
  })
  return [counts, expected]
}

/** χ² of the bins, and counts beyond 3, 3.5, … 6 σ on both sides against Poisson's distribution. */
function faults(draws: number, change: (x: number) => number = x => x): string[] {
  const [counts, expected] = histogram(draws, change)
  const found: string[] = []
  if (misfit(counts, expected) > 6) found.push('shape')
  for (let limit = 3; limit <= 6; limit += 0.5) {
    for (const side of [-1, 1]) {
      const inTail = (_: number, bin: number) => ((bin + 0.5) / binsPerDeviation - span) * side > limit
      const sum = (bins: Float64Array) => bins.filter(inTail).reduce((total, count) => total + count, 0)
      if (Math.abs(Math.sqrt(sum(counts) + 0.375) - Math.sqrt(sum(expected) + 0.375)) > 3) {
        found.push(`beyond ${limit * side} σ`)
      }
    }
  }
  return found
}

test("a quarter of a billion draws have the normal distribution's shape and its tails out to 6 σ (seed 'long')", () => {
  assert.deepEqual(faults(2 ** 28), [])
})

test('the same checks find a deviation 1/1000 too small, and tails that end at 5 σ', () => {
  assert.notDeepEqual(
    faults(2 ** 28, x => x * (1 - 1 / 1000)),
    [],
  )
  assert.ok(faults(2 ** 28, x => Math.max(-5, Math.min(5 - 1e-9, x))).includes('beyond 5 σ'))
})
