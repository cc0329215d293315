import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { medianPiece, trimmedMeanPiece } from './middle-value.ts'

const piece = (...values: number[]): Float32Array => Float32Array.from(values)

test('the median is the one in the middle, of an even number the mean of the two, each coordinate by itself', () => {
  assert.deepEqual(medianPiece([piece(3, -1), piece(1, 5), piece(2, 100)]), piece(2, 5))
  assert.deepEqual(medianPiece([piece(4), piece(1), piece(1000), piece(2)]), piece(3))
  assert.deepEqual(medianPiece([piece(4, 7)]), piece(4, 7))
  assert.deepEqual(medianPiece([piece(), piece()]), piece())
})

test('the trimmed mean leaves out the lowest and the highest', () => {
  const pieces = [piece(-1e30), piece(1), piece(2), piece(6), piece(1e30)]
  assert.deepEqual(trimmedMeanPiece(pieces, 1), piece(3))
  assert.deepEqual(trimmedMeanPiece(pieces, 2), piece(2))
})

test('trimming all but the middle gives the median, by another way through the same numbers', () => {
  const uniform = createRandom(1).uniform
  for (const count of [3, 4, 9, 10, 41, 42]) {
    const pieces = Array.from({ length: count }, () =>
      Float32Array.from({ length: 50 }, () => uniform() - 0.5),
    )
    const trim = Math.floor((count - 1) / 2)
    assert.deepEqual(trimmedMeanPiece(pieces, trim), medianPiece(pieces), `${count}`)
    const naive = pieces[0]!.map((_, index) => {
      const sorted = pieces.map(values => values[index]!).sort((a, b) => a - b)
      const kept = sorted.slice(1, -1)
      return kept.reduce((sum, value) => sum + value, 0) / kept.length
    })
    assert.deepEqual(trimmedMeanPiece(pieces, 1), naive, `${count}`)
  }
})

test('sums are kept in double precision: neither large nor small numbers are lost', () => {
  const largest = 3.4028234663852886e38
  assert.deepEqual(medianPiece([piece(largest), piece(largest)]), piece(largest))
  assert.deepEqual(
    trimmedMeanPiece([piece(0), piece(2 ** 24), piece(2 ** 24), piece(2 ** 25)], 1),
    piece(2 ** 24),
  )
  const sum = [piece(-1e9), piece(2 ** 24), piece(1), piece(1), piece(-(2 ** 24)), piece(1e9)]
  assert.deepEqual(trimmedMeanPiece(sum, 1), piece(0.5))
})

/** The spread of the honest values, and whether what a rule makes of them and of attacks stays within. */
function staysWithin(rule: (pieces: readonly Float32Array[]) => Float32Array, seed: number): boolean {
  const uniform = createRandom(seed).uniform
  const attackers = 1 + Math.floor(uniform() * 4)
  const honest = Array.from({ length: attackers + 1 }, () => uniform() - 0.5)
  const spoilt = Array.from({ length: attackers }, () => (uniform() - 0.5) * 10 ** Math.floor(uniform() * 30))
  const [value] = rule([...spoilt, ...honest].map(value => piece(value)))
  return value! >= Math.fround(Math.min(...honest)) && value! <= Math.fround(Math.max(...honest))
}

test('a minority cannot move them out of the range of the others; it can move a mean, and one that trims too little', () => {
  const seeds = Array.from({ length: 500 }, (_, index) => index + 1)
  const attackersOf = (pieces: readonly unknown[]): number => (pieces.length - 1) / 2
  for (const seed of seeds) {
    assert.ok(staysWithin(medianPiece, seed), `median, seed ${seed}`)
    const trimmed = (pieces: readonly Float32Array[]) => trimmedMeanPiece(pieces, attackersOf(pieces))
    assert.ok(staysWithin(trimmed, seed), `trimmed mean, seed ${seed}`)
  }
  const broken = (trim: (pieces: readonly unknown[]) => number): number =>
    seeds.filter(seed => !staysWithin(pieces => trimmedMeanPiece(pieces, trim(pieces)), seed)).length
  assert.ok(broken(() => 0) > 400, 'the mean')
  assert.ok(broken(pieces => attackersOf(pieces) - 1) > 200, 'one less than there are attackers')
})

test('the order of the updates does not matter, and they are not changed', () => {
  const pieces = [piece(3, -0), piece(1, 0), piece(2, 5), piece(8, -2), piece(7, 1)]
  const before = structuredClone(pieces)
  for (const rule of [medianPiece, (given: readonly Float32Array[]) => trimmedMeanPiece(given, 1)]) {
    assert.deepEqual(rule(pieces), rule(pieces.toReversed()))
  }
  assert.deepEqual(pieces, before)
})

test('trimming all, pieces of different lengths and no pieces are bugs, and assert', () => {
  assert.throws(() => trimmedMeanPiece([piece(1), piece(2)], 1), assert.AssertionError)
  assert.throws(() => medianPiece([piece(1), piece(2, 3)]), assert.AssertionError)
  assert.throws(() => medianPiece([]), assert.AssertionError)
})
