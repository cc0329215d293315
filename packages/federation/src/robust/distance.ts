import assert from 'node:assert/strict'

/**
 * The squared Euclidean distance of two pieces of equal length, summed in float64 in the order of the coordinates; the
 * distances of all pieces add up to that of the models. Not finite exactly when one of the values is not: the square of
 * a float32 is far from float64's end.
 */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length)
  let sum = 0
  for (let index = 0; index < a.length; index++) {
    const apart = a[index]! - b[index]!
    sum += apart * apart
  }
  return sum
}

/** The squared distances between n updates, n × n row after row, added up piece by piece. */
export interface PairwiseDistances {
  /** The same piece of every update, in the order of the updates. */
  add(pieces: readonly Float32Array[]): void
  readonly squared: Float64Array
}

export function pairwiseDistances(count: number): PairwiseDistances {
  const squared = new Float64Array(count * count)
  return {
    squared,
    add(pieces) {
      assert.equal(pieces.length, count)
      for (let row = 0; row < count; row++) {
        for (let column = row + 1; column < count; column++) {
          squared[row * count + column]! += squaredDistance(pieces[row]!, pieces[column]!)
          squared[column * count + row] = squared[row * count + column]!
        }
      }
    },
  }
}
