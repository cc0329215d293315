import assert from 'node:assert/strict'
import test from 'node:test'
import { roundOutput } from './round-output.ts'

test('numbers are told to the nearest digit that a key may have', () => {
  assert.deepEqual(
    [0.98449, 0.985001, 0.999, 0.5, 0, 1].map(value => roundOutput(value, 2)),
    [0.98, 0.99, 1, 0.5, 0, 1],
  )
  assert.equal(roundOutput(0.123456789, 1), 0.1)
  assert.equal(roundOutput(0.123456789012345, 15), 0.123456789012345)
  assert.equal(roundOutput(1e-9, 3), 0)
})

test('rounding keeps the order, and what is rounded stays so', () => {
  let last = 0
  for (let step = 0; step <= 1000; step++) {
    const rounded = roundOutput(step / 1000, 2)
    assert.ok(rounded >= last)
    assert.equal(roundOutput(rounded, 2), rounded)
    last = rounded
  }
})
