import assert from 'node:assert/strict'
import test from 'node:test'
import { boltzmann } from '@consort/agents'
import { createRandom } from '@consort/protocol'
import { alphaOf, type Candidate, costsOf, drawParticipants } from './select-participants.ts'

function close(actual: number, expected: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12, `${what}: ${actual} is not ${expected}`)
}

/** Pearson's statistic of counts against expected shares. */
function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce(
    (sum, count, index) => sum + (count - total * shares[index]!) ** 2 / (total * shares[index]!),
    0,
  )
}

const reliable = { asked: 4, missed: 0 }
const candidates: Candidate[] = [
  { member: 'fast', latencySeconds: 10, ...reliable, examples: 1000 },
  { member: 'slow', latencySeconds: 40, ...reliable, examples: 1000 },
  { member: 'small', latencySeconds: 10, ...reliable, examples: 250 },
  { member: 'flaky', latencySeconds: 10, asked: 4, missed: 3, examples: 1000 },
  { member: 'new', latencySeconds: null, asked: 0, missed: 0, examples: 500 },
]

test('each term of the cost lies between 0 and 1, relative to the worst, and they add up', () => {
  const costs = costsOf(candidates, 0)
  assert.deepEqual(
    costs.map(({ latency, dropouts, size, theta }) => ({ latency, dropouts, size, theta })),
    [
      { latency: 0.25, dropouts: 0, size: 0, theta: 0.25 },
      { latency: 1, dropouts: 0, size: 0, theta: 1 },
      { latency: 0.25, dropouts: 0, size: 0.75, theta: 1 },
      { latency: 0.25, dropouts: 0.75, size: 0, theta: 1 },
      { latency: 0, dropouts: 0, size: 0.5, theta: 0.5 },
    ],
  )
})

test('what nobody knows yet costs nothing', () => {
  const unknown = { latencySeconds: null, asked: 0, missed: 0, examples: 0 }
  const costs = costsOf(
    [
      { member: 'a', ...unknown },
      { member: 'b', ...unknown },
    ],
    7,
  )
  for (const { latency, dropouts, theta, probability } of costs) {
    assert.deepEqual([latency, dropouts, probability], [0, 0, 0.5])
    assert.ok(Number.isFinite(theta))
  }
  assert.equal(costsOf([{ ...candidates[0]!, latencySeconds: 0 }], 1)[0]!.latency, 0)
  assert.deepEqual(costsOf([], 1), [])
})

test('the probability of a cost is its Boltzmann share', () => {
  const costs = costsOf(candidates, 2)
  const weights = costs.map(({ theta }) => Math.exp(-2 * theta))
  const total = weights.reduce((sum, weight) => sum + weight)
  for (const [index, { probability }] of costs.entries()) close(probability, weights[index]! / total)
})

test('probabilities add up to 1 and fall with the cost, whatever α', () => {
  const uniform = createRandom(1).uniform
  for (let trial = 0; trial < 200; trial++) {
    const thetas = Array.from({ length: 1 + (trial % 9) }, () => 3 * uniform())
    const alpha = 10 ** (6 * uniform() - 3)
    const shares = boltzmann(thetas, alpha)
    close(
      shares.reduce((sum, share) => sum + share, 0),
      1,
      `trial ${trial}`,
    )
    for (const [i, theta] of thetas.entries()) {
      for (const [j, other] of thetas.entries()) if (theta < other) assert.ok(shares[i]! >= shares[j]!)
    }
  }
})

test('α = 0 is even, a large α takes the cheapest, and ties share', () => {
  assert.deepEqual(boltzmann([0, 1, 5, 300], 0), [0.25, 0.25, 0.25, 0.25])
  assert.deepEqual(boltzmann([2, 1, 5], 1e6), [0, 1, 0])
  assert.deepEqual(boltzmann([1, 5, 1], 1e6), [0.5, 0, 0.5])
  assert.deepEqual(boltzmann([], 1), [])
})

test('no cost and no α overflow', () => {
  for (const [thetas, alpha] of [
    [[0, 1], 1e308],
    [[1e308, 0], 1e308],
    [[1e3, 2e3], 1000],
    [[-1e300, 1e300], 1e10],
    [[1e308, 1e308], 1e308],
  ] as const) {
    const shares = boltzmann(thetas, alpha)
    assert.ok(
      shares.every(share => share >= 0 && share <= 1),
      `${thetas} ${alpha}: ${shares}`,
    )
    close(
      shares.reduce((sum, share) => sum + share, 0),
      1,
    )
  }
  close(boltzmann([1000, 1000 + Math.LN2], 1)[1]!, 1 / 3, 'only differences count')
})

test('α goes in equal steps from the first number to the second', () => {
  const path = (from: number, to: number, rounds: number): number[] =>
    Array.from({ length: rounds }, (_, index) => alphaOf([from, to], { round: index + 1, rounds }))
  assert.deepEqual(path(0, 5, 6), [0, 1, 2, 3, 4, 5])
  assert.deepEqual(path(4, 1, 4), [4, 3, 2, 1])
  assert.deepEqual(path(3, 3, 3), [3, 3, 3])
  assert.deepEqual(path(0, 5, 1), [5])
})

test('as many as asked for are drawn, different ones, in order; all when there are no more', () => {
  const uniform = createRandom(2).uniform
  for (let count = 0; count <= 7; count++) {
    for (let trial = 0; trial < 50; trial++) {
      const drawn = drawParticipants([1, 0.5, 2, 0, 1], { count, alpha: 1, uniform })
      assert.equal(drawn.length, Math.min(count, 5))
      assert.deepEqual(
        drawn,
        [...new Set(drawn)].sort((a, b) => a - b),
      )
      assert.ok(drawn.every(index => index >= 0 && index < 5))
    }
  }
  assert.deepEqual(drawParticipants([], { count: 3, alpha: 1, uniform }), [])
})

test('the ends of the uniform range draw the first and the last that can be drawn', () => {
  const draw = (thetas: number[], value: number, alpha = 1): number[] =>
    drawParticipants(thetas, { count: 1, alpha, uniform: () => value })
  const [least, most] = [0, 1 - 2 ** -53]
  assert.deepEqual([draw([1, 1, 1], least), draw([1, 1, 1], 0.34), draw([1, 1, 1], most)], [[0], [1], [2]])
  assert.deepEqual(draw([5, 0, 5], least, 1e6), [1], 'what has no chance is never drawn')
  assert.deepEqual(draw([5, 0, 5], most, 1e6), [1])
  for (const thetas of [
    [0, 0.9],
    [0, 1, 2],
    [0, 2, 4],
  ]) {
    assert.deepEqual(draw(thetas, most), [thetas.length - 1], 'shares that rounding left short of 1')
  }
})

test('a large α draws the cheapest, one after the other', () => {
  const uniform = createRandom(3).uniform
  for (let trial = 0; trial < 100; trial++) {
    assert.deepEqual(drawParticipants([3, 0, 2, 1], { count: 2, alpha: 1e4, uniform }), [1, 3])
  }
})

test('α = 0 draws everyone alike (χ², 5 degrees of freedom, p < 0.001)', () => {
  const uniform = createRandom(4).uniform
  const counts = Array<number>(6).fill(0)
  for (let trial = 0; trial < 6000; trial++) {
    const [first] = drawParticipants([0, 1, 2, 3, 4, 5], { count: 1, alpha: 0, uniform })
    counts[first!]!++
  }
  const statistic = chiSquare(counts, Array<number>(6).fill(1 / 6))
  assert.ok(statistic < 20.5, `seed 4: ${counts}, χ² = ${statistic}`)
})

test('α = 0 draws all pairs alike (χ², 9 degrees of freedom, p < 0.001)', () => {
  const uniform = createRandom(5).uniform
  const counts = new Map<string, number>()
  for (let trial = 0; trial < 5000; trial++) {
    const pair = drawParticipants([0, 1, 2, 3, 4], { count: 2, alpha: 0, uniform }).join()
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  assert.equal(counts.size, 10)
  const statistic = chiSquare([...counts.values()], Array<number>(10).fill(0.1))
  assert.ok(statistic < 27.9, `seed 5: χ² = ${statistic}`)
})

test('draws follow one another without replacement, with the exact probabilities (χ², p < 0.001)', () => {
  const [thetas, alpha] = [[0.2, 0.9, 1.6], 1.5]
  const [a, b, c] = boltzmann(thetas, alpha) as [number, number, number]
  const either = (p: number, q: number): number => (p * q) / (1 - p) + (q * p) / (1 - q)
  const exact = { '0,1': either(a, b), '0,2': either(a, c), '1,2': either(b, c) }
  close(
    Object.values(exact).reduce((sum, share) => sum + share),
    1,
  )
  const uniform = createRandom(6).uniform
  const counts = { '0,1': 0, '0,2': 0, '1,2': 0 }
  for (let trial = 0; trial < 10_000; trial++) {
    counts[drawParticipants(thetas, { count: 2, alpha, uniform }).join() as keyof typeof counts]++
  }
  const statistic = chiSquare(Object.values(counts), Object.values(exact))
  assert.ok(statistic < 13.8, `seed 6: ${JSON.stringify(counts)}, χ² = ${statistic}`)
})

test('equal random numbers draw equal participants', () => {
  const draw = (seed: number): number[] =>
    drawParticipants([1, 0.5, 2, 0, 1], { count: 2, alpha: 1, uniform: createRandom(seed).uniform })
  for (let seed = 0; seed < 20; seed++) assert.deepEqual(draw(seed), draw(seed))
  assert.ok(new Set(Array.from({ length: 50 }, (_, seed) => draw(seed).join())).size > 3)
})
