import assert from 'node:assert/strict'
import { inputMax } from './ring.ts'

/**
 * The clip under which the quantiser's step is 1, so that integers of 16 bits go through it as they are: q = ⌊(x −
 * clip) · 1 + clip + u⌋ = x for every u in [0, 1), in exact float64 arithmetic. All members' weights have to be the
 * cap.
 */
export const integerClip = inputMax / 2

/** Integers from 0 to 65535 as an update whose quantised values they are; of its sum `MaskedSum.sums` gives theirs. */
export function updateOfIntegers(values: readonly number[]): Float32Array {
  assert.ok(values.every(value => Number.isInteger(value) && value >= 0 && value <= inputMax))
  return Float32Array.from(values, value => value - integerClip) // 17 bits, of a float32's 24
}
