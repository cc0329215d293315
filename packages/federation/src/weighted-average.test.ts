import assert from 'node:assert/strict'
import test from 'node:test'
import { averagePiece, updateWeights } from './weighted-average.ts'

test('weights are shares of the examples', () => {
  assert.deepEqual(updateWeights([1, 3], 1000), [0.25, 0.75])
  assert.deepEqual(updateWeights([5], 1000), [1])
  assert.deepEqual(updateWeights([], 1000), [])
})

test('nobody weighs more than the cap, and the shares still add up', () => {
  assert.deepEqual(updateWeights([100, 300, 1e9], 100), [1 / 3, 1 / 3, 1 / 3])
  assert.deepEqual(updateWeights([1, 9], 3), [0.25, 0.75])
  assert.deepEqual(updateWeights([3, 3], 3), [0.5, 0.5])
  for (const examples of [
    [1, 2, 3],
    [7, 1e12, 13, 0],
    [1, 1e-9],
  ]) {
    const total = updateWeights(examples, 1e6).reduce((sum, weight) => sum + weight, 0)
    assert.ok(Math.abs(total - 1) < 1e-12)
  }
})

test('who has no examples weighs nothing; when nobody has any, all weigh alike', () => {
  assert.deepEqual(updateWeights([0, 4], 1000), [0, 1])
  assert.deepEqual(updateWeights([0, 0, 0, 0], 1000), [0.25, 0.25, 0.25, 0.25])
})

test('the average is the weighted sum, rounded to float32 once', () => {
  const average = averagePiece(3)
  assert.equal(average.add(Float32Array.from([1, 2, -4]), 0.25), true)
  assert.equal(average.add(Float32Array.from([5, 6, 8]), 0.75), true)
  assert.deepEqual(average.result(), Float32Array.from([4, 5, 5]))
})

test('the sum is kept in double precision: what float32 would lose is there', () => {
  const average = averagePiece(1)
  for (const value of [2 ** 24, 1, 1, -(2 ** 24)]) average.add(Float32Array.of(value), 1)
  assert.equal(average.result()[0], 2)
})

test('one update of weight 1 comes out bit for bit, the smallest and largest numbers too', () => {
  const values = Float32Array.of(
    0,
    1e-45,
    -1e-45,
    1.17549435e-38,
    3.4028234663852886e38,
    -3.4028234663852886e38,
    0.1,
  )
  const average = averagePiece(values.length)
  assert.equal(average.add(values, 1), true)
  assert.deepEqual(average.result(), values)
})

test('equal updates average to themselves, also the largest', () => {
  const largest = Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38)
  const weights = updateWeights([3, 5, 7, 11, 13], 1000)
  const average = averagePiece(2)
  for (const weight of weights) assert.equal(average.add(largest, weight), true)
  assert.deepEqual(average.result(), largest)
})

test('the same calls give the same bits', () => {
  const updates = Array.from({ length: 7 }, (_, partner) =>
    Float32Array.from({ length: 1000 }, (_, index) =>
      Math.fround(Math.sin(partner * 1e3 + index) / (index + 1)),
    ),
  )
  const weights = updateWeights([13, 7, 999, 1, 50, 3, 21], 500)
  const averaged = (): Float32Array => {
    const average = averagePiece(1000)
    for (const [index, update] of updates.entries()) average.add(update, weights[index]!)
    return average.result()
  }
  assert.deepEqual(Buffer.from(averaged().buffer), Buffer.from(averaged().buffer))
})

test('a number that is not finite is found, wherever it stands', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39]) {
    for (const place of [0, 50, 99]) {
      const values = new Float32Array(100).fill(1)
      values[place] = bad
      assert.equal(averagePiece(100).add(values, 0.5), false, `${bad} at ${place}`)
      assert.equal(averagePiece(100).add(values, 0), false, 'of weight 0 too')
    }
  }
})

test('two infinities of opposite signs do not hide each other', () => {
  const values = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
  assert.equal(averagePiece(2).add(values, 0.5), false)
})

test('strange but finite numbers are taken: −0, the smallest, the largest', () => {
  const values = Float32Array.of(-0, 0, 1e-45, -1e-45, 3.4028234663852886e38, -3.4028234663852886e38)
  assert.equal(averagePiece(6).add(values, 0.5), true)
})

test('a piece of nothing, and a result that is asked for twice', () => {
  const nothing = averagePiece(0)
  assert.equal(nothing.add(new Float32Array(), 1), true)
  assert.equal(nothing.result().length, 0)
  const average = averagePiece(1)
  average.add(Float32Array.of(2), 0.5)
  average.result()[0] = 99
  average.add(Float32Array.of(4), 0.5)
  assert.deepEqual(average.result(), Float32Array.of(3))
})

test('memory that is lent holds the sum of one piece after another', () => {
  const memory = new Float64Array(3).fill(99)
  for (const length of [3, 1, 0]) {
    const average = averagePiece(length, memory)
    average.add(new Float32Array(length).fill(4), 0.5)
    assert.deepEqual(average.result(), new Float32Array(length).fill(2))
  }
  assert.throws(() => averagePiece(4, memory))
})

test('values are not changed', () => {
  const values = Float32Array.of(1, 2)
  averagePiece(2).add(values, 0.5)
  assert.deepEqual(values, Float32Array.of(1, 2))
})

test('a piece of another length is a bug, and asserts', () => {
  for (const length of [1, 3]) assert.throws(() => averagePiece(2).add(new Float32Array(length), 0.5))
})
