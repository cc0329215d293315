import assert from 'node:assert/strict'

export interface Interval {
  readonly low: number
  readonly high: number
}

/** Over n records that two models judged: how many only the first, and only the second, judged right. */
export interface Discordance {
  readonly onlyFirst: number
  readonly onlySecond: number
  readonly count: number
}

/** Wilson's score interval for a share (Wilson 1927; Newcombe 1998a, method 3). `z` is a normal quantile, n ≥ 1. */
export function wilsonInterval({ hits, count }: { hits: number; count: number }, z: number): Interval {
  assert.ok(count >= 1 && hits >= 0 && hits <= count)
  const [share, square] = [hits / count, z * z]
  const middle = (share + square / (2 * count)) / (1 + square / count)
  const half =
    (z / (1 + square / count)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count))
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

/**
 * Tango's score interval for the difference of two accuracies on the same records, first − second (Tango 1998,
 * Statistics in Medicine 17): the differences that the score test does not reject. `z` is a normal quantile, n ≥ 1.
 *
 * It leaves out 0 exactly when McNemar's test rejects, |onlyFirst − onlySecond| > z · √(onlyFirst + onlySecond), so
 * that what people read and what is decided cannot contradict each other. By enumeration over 10 to 400 records of
 * which at most half divide the models, the test rejects models that are alike in ≤ 5.4 % for 5 %, in ≤ 2.53 % for 2.5
 * %. A paired bootstrap was not taken: it needs a generator, and where the models agree on nearly all records it is a
 * point or far too narrow; here none of 100 still leaves ± z² / (100 + z²).
 */
export function pairedInterval(counts: Discordance, z: number): Interval {
  const { onlyFirst, onlySecond, count } = counts
  assert.ok(count >= 1 && onlyFirst >= 0 && onlySecond >= 0 && onlyFirst + onlySecond <= count)
  const seen = (onlyFirst - onlySecond) / count
  const isKept = (difference: number): boolean => Math.abs(scoreAt(counts, difference)) <= z
  return { low: lastKept(seen, -1, isKept), high: lastKept(seen, 1, isKept) }
}

/** The score statistic of "the difference is Δ": zero at the difference seen, falling in Δ. */
function scoreAt({ onlyFirst, onlySecond, count }: Discordance, difference: number): number {
  // The share of "only the second" that is likeliest under Δ solves 2n·q² + b·q + c = 0.
  const b = (2 * count - onlyFirst + onlySecond) * difference - onlyFirst - onlySecond
  const c = -onlySecond * difference * (1 - difference)
  const likeliest = Math.max(0, Math.sqrt(Math.max(0, b * b - 8 * count * c)) - b) / (4 * count)
  const variance = count * (2 * likeliest + difference * (1 - difference))
  const distance = onlyFirst - onlySecond - count * difference
  return distance === 0 ? 0 : distance / Math.sqrt(Math.max(variance, Number.MIN_VALUE))
}

/** Bisection between a difference that is kept and the end of the scale; the end itself where it is kept too. */
function lastKept(kept: number, end: number, isKept: (difference: number) => boolean): number {
  if (isKept(end)) return end
  let [inside, outside] = [kept, end]
  while (Math.abs(outside - inside) > 1e-12) {
    const middle = (inside + outside) / 2
    if (isKept(middle)) inside = middle
    else outside = middle
  }
  return inside
}
