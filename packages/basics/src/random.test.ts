import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, uniformFrom } from './random.ts'

test('equal seeds give equal numbers, other seeds others, and only the low 32 bits count', () => {
  const drawn = (seed: number) => {
    const { bits, uniform, integer } = createRandom(seed)
    return [bits(), uniform(), integer(1000)]
  }
  assert.deepEqual(drawn(7), drawn(7))
  assert.deepEqual(drawn(7), drawn(7 + 2 ** 32))
  assert.notDeepEqual(drawn(7), drawn(8))
})

test('numbers stay in their ranges and fill them evenly', () => {
  const { uniform, integer } = createRandom(3)
  const counts = Array<number>(10).fill(0)
  for (let draw = 0; draw < 10_000; draw++) {
    const number = uniform()
    assert.ok(number >= 0 && number < 1)
    counts[integer(10)]! += 1
  }
  // Each count has a standard deviation of 30.
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 150, `${count}`)
})

test('entropy becomes a number in [0, 1) of 48 bits', () => {
  const from = (...bytes: number[]) => uniformFrom({ bytes: () => Uint8Array.from(bytes) })()
  assert.equal(from(0, 0, 0, 0, 0, 0), 0)
  assert.equal(from(128, 0, 0, 0, 0, 0), 0.5)
  assert.equal(from(255, 255, 255, 255, 255, 255), 1 - 2 ** -48)
})
