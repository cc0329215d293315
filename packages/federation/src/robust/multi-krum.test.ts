import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { pairwiseDistances } from './distance.ts'
import { type KrumChoice, multiKrum } from './multi-krum.ts'

function distancesOf(updates: readonly Float32Array[]): Float64Array {
  const distances = pairwiseDistances(updates.length)
  distances.add(updates)
  return distances.squared
}

/** Numbers on a line are models of one weight. */
const onLine = (...values: number[]): Float64Array => distancesOf(values.map(value => Float32Array.of(value)))

test('by hand: five on a line, one attacker, two neighbours each', () => {
  const { chosen, scores } = multiKrum(onLine(0, 1, 3, 4, 100), { attackers: 1 })
  assert.deepEqual(scores, [1 + 9, 1 + 4, 1 + 4, 1 + 9, 96 ** 2 + 97 ** 2])
  assert.deepEqual(chosen, [1, 2])
  assert.deepEqual(multiKrum(onLine(0, 1, 3, 4, 100), { attackers: 1, keep: 4 }).chosen, [0, 1, 2, 3])
})

test('of equal scores the earlier is taken', () => {
  assert.deepEqual(multiKrum(onLine(7, 7, 7, 7, 7), { attackers: 1 }).chosen, [0, 1])
  assert.deepEqual(multiKrum(onLine(0, 1, 3, 4, 100), { attackers: 1, keep: 1 }).chosen, [1])
})

test('distances of pieces add up to those of the whole, and are symmetric', () => {
  const uniform = createRandom(5).uniform
  const updates = Array.from({ length: 6 }, () => Float32Array.from({ length: 30 }, () => uniform() - 0.5))
  const inPieces = pairwiseDistances(6)
  for (const [from, to] of [
    [0, 7],
    [7, 7],
    [7, 30],
  ] as const)
    inPieces.add(updates.map(update => update.subarray(from, to)))
  const whole = distancesOf(updates)
  for (const [place, squared] of inPieces.squared.entries()) {
    const [row, column] = [Math.floor(place / 6), place % 6]
    const naive = updates[row]!.reduce(
      (sum, value, index) => sum + (value - updates[column]![index]!) ** 2,
      0,
    )
    assert.ok(Math.abs(squared - naive) < 1e-12 && Math.abs(whole[place]! - naive) < 1e-12)
    assert.equal(squared, inPieces.squared[column * 6 + row])
  }
})

/** Honest updates around a point, and attackers somewhere else, all together or each by itself. */
function draw(seed: number, counts: { honest: number; spoilt: number }): Float32Array[] {
  const uniform = createRandom(seed).uniform
  const vector = (scale: number) => Float32Array.from({ length: 20 }, () => 3 + (uniform() - 0.5) * scale)
  const together = uniform() < 0.5
  const place = vector(10 ** (1 + Math.floor(uniform() * 20)))
  const spoilt = Array.from({ length: counts.spoilt }, () => (together ? place : vector(100)))
  return [...spoilt, ...Array.from({ length: counts.honest }, () => vector(1))]
}

test('up to f attackers that stand apart are left out, wherever they are; a majority in one place is not', () => {
  const choose = (seed: number, spoilt: number, f: number): KrumChoice =>
    multiKrum(distancesOf(draw(seed, { honest: 2 * f + 3 - spoilt, spoilt })), { attackers: f, keep: f + 3 })
  let taken = 0
  for (let seed = 1; seed <= 300; seed++) {
    const f = 1 + (seed % 4)
    assert.ok(
      choose(seed, f, f).chosen.every(place => place >= f),
      `seed ${seed}`,
    )
    if (choose(seed, f + 2, f).chosen.some(place => place < f + 2)) taken += 1
  }
  assert.ok(taken > 100, `${taken} of 300`)
})

test('too few updates, and keeping more than are honest, are bugs, and assert', () => {
  assert.throws(() => multiKrum(onLine(1, 2, 3, 4), { attackers: 1 }), assert.AssertionError)
  assert.throws(() => multiKrum(onLine(1, 2, 3, 4, 5), { attackers: 1, keep: 5 }), assert.AssertionError)
})
