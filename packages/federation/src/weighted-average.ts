import assert from 'node:assert/strict'

/** The weight of each update: its example count, capped, as a share of all. The counts come from signed data cards. */
export function updateWeights(examples: readonly number[], cap: number): number[] {
  const counted = examples.map(count => Math.min(count, cap))
  const total = counted.reduce((sum, count) => sum + count, 0)
  return counted.map(count => (total === 0 ? 1 / counted.length : count / total))
}

/**
 * Averages one piece of many updates. The sum is kept in float64 and added to in the order of the calls, so that the
 * same updates in the same order give the same bits, whenever they arrived.
 */
export interface PieceAverage {
  /** `values` has the length of the piece. Returns false, and must then be given up, when one is not finite. */
  add(values: Float32Array, weight: number): boolean
  result(): Float32Array<ArrayBuffer>
}

/** `memory`, where given, is used for the sum: at least `length` long, free again after the result. */
export function averagePiece(length: number, memory = new Float64Array(length)): PieceAverage {
  const sum = memory.subarray(0, length).fill(0)
  assert.equal(sum.length, length)
  return {
    add(values, weight) {
      assert.equal(values.length, length)
      let finite = 0
      for (let index = 0; index < length; index++) {
        const value = values[index]!
        finite += value - value // 0, or NaN as soon as a value is not finite
        sum[index]! += weight * value
      }
      return finite === 0
    },
    result: () => new Float32Array(sum),
  }
}
