import assert from 'node:assert/strict'

export interface KrumChoice {
  /** Places of the updates to average, all alike, in rising order. */
  readonly chosen: readonly number[]
  /** For each update the sum of its squared distances to its nearest n − f − 2 others: low is good. */
  readonly scores: readonly number[]
}

/**
 * Multi-Krum (Blanchard et al. 2017): the `keep` updates of the lowest scores, of equal scores the earlier
 * one. `squaredDistances` is n × n. For up to f `attackers` the mean of up to n − f − 2 is proved to stay with
 * the others (Damaskinos et al. 2019), which is the default; up to n − f can be asked for. n ≥ 2f + 3.
 */
export function multiKrum(
  squaredDistances: Float64Array,
  { attackers, keep }: { readonly attackers: number; readonly keep?: number | undefined },
): KrumChoice {
  const count = Math.sqrt(squaredDistances.length)
  assert.ok(Number.isInteger(count))
  const kept = keep ?? count - attackers - 2
  assert.ok(count >= 2 * attackers + 3 && kept >= 1 && kept <= count - attackers)
  const scores = Array.from({ length: count }, (_, place) => {
    const row = squaredDistances.slice(place * count, (place + 1) * count)
    row[place] = Number.POSITIVE_INFINITY // an update is no neighbour of its own
    return row
      .sort()
      .subarray(0, count - attackers - 2)
      .reduce((sum, squared) => sum + squared, 0)
  })
  const chosen = scores
    .map((_, place) => place)
    .sort((a, b) => scores[a]! - scores[b]! || a - b)
    .slice(0, kept)
    .sort((a, b) => a - b)
  return { chosen, scores }
}
