import assert from 'node:assert/strict'

export interface NormBound {
  /** The largest norm that a difference from the round's model may have. */
  readonly bound: number
  /** For each update what its difference is multiplied by: 1 where it is left as it is. */
  readonly scales: readonly number[]
}

/**
 * How far the updates of a round are scaled down (norm thresholding, Sun et al. 2019): scale = min(1, bound / norm).
 * Without a bound it is `factor` × the median of `norms`, the Euclidean norms of the differences from the round's
 * model; fewer than half of the partners cannot move that past the norms of the others, of at least three.
 */
export function clipNorms(
  norms: readonly number[],
  { bound: given, factor = 1 }: { readonly bound?: number | undefined; readonly factor?: number | undefined },
): NormBound {
  assert.ok(given !== undefined || norms.length >= 3)
  const bound = given ?? factor * medianOf(norms)
  return { bound, scales: norms.map(norm => (norm <= bound ? 1 : bound / norm)) }
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2)]
  return (sorted[low]! + sorted[high]!) / 2
}
