import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import test from 'node:test'
import type { Entropy } from '@consort/protocol'
import { drawDiscreteLaplace } from './discrete-laplace.ts'
import { fractionOf, isChanceOfExponential, uniformBelow } from './exact-chance.ts'

const seed = 'exact noise'

function seeded(): Entropy {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  const block = new Uint8Array(65_536)
  let [drawn, used] = [block, block.length]
  return {
    bytes: count => {
      if (used + count > drawn.length) [drawn, used] = [new Uint8Array(stream.update(block)), 0]
      used += count
      return drawn.subarray(used - count, used)
    },
  }
}

/**
 * χ² of draws against P(k) ∝ weight(k), in deviations (Wilson, Hilferty 1931): beyond 6 by chance once in a billion.
 * Values of which fewer than 10 are expected are counted together.
 */
function misfit(draw: () => number, weight: (k: number) => number, draws = 6000): number {
  let total = weight(0)
  let span = 1
  for (; weight(span) > 1e-18 * total; span++) total += 2 * weight(span)
  const expected = new Map<number, number>()
  let rare = 0
  for (let k = -span; k <= span; k++) {
    const mean = (draws * weight(k)) / total
    if (mean >= 10) expected.set(k, mean)
    else rare += mean
  }
  const counts = new Map<number, number>()
  let rareCount = 0
  for (let index = 0; index < draws; index++) {
    const k = draw()
    if (expected.has(k)) counts.set(k, (counts.get(k) ?? 0) + 1)
    else rareCount++
  }
  let statistic = (rareCount - rare) ** 2 / Math.max(rare, 1e-9)
  for (const [k, mean] of expected) statistic += ((counts.get(k) ?? 0) - mean) ** 2 / mean
  const freedom = expected.size
  return (Math.cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
}

const gaussian = (deviation: number) => (k: number) => Math.exp(-(k * k) / (2 * deviation ** 2))
const laplace = (scale: number) => (k: number) => Math.exp(-Math.abs(k) / scale)

for (const scale of [0.3, 1, 2.6, 20]) {
  test(`discrete Laplace of scale ${scale} (seed '${seed}')`, () => {
    const entropy = seeded()
    assert.ok(misfit(() => drawDiscreteLaplace({ scale, entropy }), laplace(scale)) < 6)
  })
}

test('the same check finds the other distribution, a tenth more of it, and zero twice as often', () => {
  const entropy = seeded()
  const draw = () => drawDiscreteLaplace({ scale: 3, entropy })
  assert.ok(misfit(draw, gaussian(3 * Math.SQRT2)) > 6)
  assert.ok(misfit(draw, laplace(3.3), 30_000) > 6)
  assert.ok(misfit(() => draw() || draw(), laplace(3)) > 6)
  const rounded = () => Math.round(draw() / 3) * 3
  assert.ok(misfit(rounded, laplace(3)) > 6)
})

test('large scales keep their spread and their last digits', () => {
  const entropy = seeded()
  const scale = 2 ** 33 + 0.5
  const draws = Array.from({ length: 2000 }, () => drawDiscreteLaplace({ scale, entropy }))
  // |k|/scale is exponential: mean 1, deviation 1.
  const spread = draws.reduce((sum, k) => sum + Math.abs(k) / scale, 0) / draws.length
  assert.ok(Math.abs(spread - 1) < 6 / Math.sqrt(draws.length), `${spread}`)
  const odd = draws.filter(k => k % 2 !== 0).length
  assert.ok(Math.abs(odd - draws.length / 2) < 6 * Math.sqrt(draws.length / 4), `${odd} odd`)
})

test('a double becomes the fraction that it is', () => {
  for (const value of [0.1, 3, 1e-3, 2 ** 40 + 0.25]) {
    const { numerator, denominator } = fractionOf(value)
    assert.equal(Number(numerator) / Number(denominator), value)
  }
})

test('the chances that draws are made of are exact', () => {
  const entropy = seeded()
  const draws = 6000
  const isNear = (count: number, p: number) =>
    Math.abs(count - draws * p) < 6 * Math.sqrt(draws * p * (1 - p))
  for (const [numerator, denominator] of [
    [0n, 1n],
    [1n, 3n],
    [1n, 1n],
    [5n, 2n],
  ] as const) {
    let count = 0
    for (let index = 0; index < draws; index++)
      if (isChanceOfExponential({ numerator, denominator }, entropy)) count++
    const p = Math.exp(-Number(numerator) / Number(denominator))
    assert.ok(p === 1 ? count === draws : isNear(count, p), `e^(−${numerator}/${denominator}): ${count}`)
  }
  const faces = new Map<bigint, number>()
  for (let index = 0; index < draws; index++) {
    const face = uniformBelow(5n, entropy)
    faces.set(face, (faces.get(face) ?? 0) + 1)
  }
  assert.deepEqual([...faces.keys()].sort(), [0n, 1n, 2n, 3n, 4n])
  for (const count of faces.values()) assert.ok(isNear(count, 0.2))
})

test('no noise, too much of it and what is no number are refused', () => {
  const entropy = seeded()
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-9, 2 ** 41]) {
    assert.throws(() => drawDiscreteLaplace({ scale: wrong, entropy }), {
      code: 'privacy-parameters-invalid',
    })
  }
})
