import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { divideExactly } from './divide-exactly.ts'

/** Of every size alike: zero, small, and up to the largest safe integer. */
function draw(uniform: () => number): number {
  if (uniform() < 0.1) return 0
  return Math.min(Number.MAX_SAFE_INTEGER, Math.floor(2 ** (54 * uniform()) * (0.5 + uniform() / 2)))
}

test('known divisions', () => {
  const cases: [number, number[], number[]][] = [
    [100, [1, 1, 1], [34, 33, 33]],
    [100, [1, 2, 3], [17, 33, 50]],
    [10_000, [3, 3, 1], [4286, 4286, 1428]],
    [1, [1, 1], [1, 0]],
    [1, [1, 2], [0, 1]],
    [2, [1, 1, 1], [1, 1, 0]],
    [5, [0, 0, 0], [2, 2, 1]],
    [5, [0, 7, 0], [0, 5, 0]],
    [0, [1, 2], [0, 0]],
    [7, [9], [7]],
    [7, [0], [7]],
  ]
  for (const [total, weights, shares] of cases) assert.deepEqual(divideExactly(total, weights), shares)
})

test('products beyond double precision are still exact', () => {
  const most = Number.MAX_SAFE_INTEGER
  assert.deepEqual(divideExactly(most, [most, most]), [(most + 1) / 2, (most - 1) / 2])
  assert.deepEqual(divideExactly(most, [most - 1, 1]), [most - 1, 1])
  assert.deepEqual(divideExactly(1e12, [most, most - 2]), [5e11, 5e11])
})

test('shares add up, are within 1 of exact, follow the weights, and never fall when a weight is raised', () => {
  for (let seed = 1; seed <= 5000; seed++) {
    const uniform = createRandom(seed).uniform
    const total = draw(uniform)
    const weights = Array.from({ length: 1 + Math.floor(9 * uniform()) }, () => draw(uniform))
    const shares = divideExactly(total, weights)
    const what = `seed ${seed}: ${total} by ${weights} gave ${shares}`
    assert.equal(
      shares.reduce((sum, share) => sum + BigInt(share), 0n),
      BigInt(total),
      what,
    )
    const sum = weights.reduce((before, weight) => before + BigInt(weight), 0n)
    for (const [i, share] of shares.entries()) {
      if (sum > 0n) {
        const error = BigInt(share) * sum - BigInt(total) * BigInt(weights[i]!)
        assert.ok(error < sum && -error < sum, what)
      }
      for (const [j, other] of shares.entries()) {
        if (weights[i]! > weights[j]! || (weights[i] === weights[j] && i < j)) assert.ok(share >= other, what)
      }
    }
    const raised = Math.floor(uniform() * weights.length)
    const weight = Math.min(Number.MAX_SAFE_INTEGER, weights[raised]! + draw(uniform))
    assert.ok(divideExactly(total, weights.with(raised, weight))[raised]! >= shares[raised]!, what)
  }
})

test('what is no count is a bug', () => {
  const wrong: [number, number[]][] = [
    [1, []],
    [-1, [1]],
    [0.5, [1]],
    [Number.NaN, [1]],
    [2 ** 53, [1]],
    [1, [-1, 2]],
    [1, [0.5]],
    [1, [Number.POSITIVE_INFINITY]],
    [1, [2 ** 53]],
  ]
  for (const [total, weights] of wrong) {
    assert.throws(() => divideExactly(total, weights), RangeError, `${total} by ${weights}`)
  }
})
