/** Runs one slice of work and says how fast it went: higher is better. */
export type Measure = () => Promise<number>

export type PairsOptions = {
  /** How many pairs to measure. */
  pairs: number
  /** Stop earlier, with at least `pairsMin`, when this much wall time has passed. */
  budgetSeconds: number
  pairsMin: number
}

export type PairsResult = {
  ours: number
  theirs: number
  /** Median of ours / theirs within a pair, and its quartiles. */
  ratio: number
  quartiles: [low: number, high: number]
  pairs: number
}

/**
 * Races two sides in interleaved slices, who goes first alternating, so that a machine that slows down slows both.
 * One pair is thrown away before (caches, clocks, just-in-time compilers).
 */
export async function racePairs(ours: Measure, theirs: Measure, options: PairsOptions): Promise<PairsResult> {
  const deadline = performance.now() + options.budgetSeconds * 1000
  const seen = { ours: [] as number[], theirs: [] as number[], ratio: [] as number[] }
  for (let pair = -1; pair < options.pairs; pair++) {
    if (pair >= options.pairsMin && performance.now() > deadline) break
    const oursFirst = pair % 2 === 0
    const first = await (oursFirst ? ours : theirs)()
    const second = await (oursFirst ? theirs : ours)()
    if (pair < 0) continue
    const [mine, other] = oursFirst ? [first, second] : [second, first]
    seen.ours.push(mine)
    seen.theirs.push(other)
    seen.ratio.push(mine / other)
  }
  return {
    ours: quantile(seen.ours, 0.5),
    theirs: quantile(seen.theirs, 0.5),
    ratio: quantile(seen.ratio, 0.5),
    quartiles: [quantile(seen.ratio, 0.25), quantile(seen.ratio, 0.75)],
    pairs: seen.ratio.length,
  }
}

/** Measures one side alone, by the same rules; for when the other side does not run. */
export async function measureAlone(side: Measure, options: PairsOptions): Promise<number> {
  const deadline = performance.now() + options.budgetSeconds * 1000
  const seen: number[] = []
  for (let slice = -1; slice < options.pairs; slice++) {
    if (slice >= options.pairsMin && performance.now() > deadline) break
    const speed = await side()
    if (slice >= 0) seen.push(speed)
  }
  return quantile(seen, 0.5)
}

/** Linear interpolation between the order statistics (Hyndman and Fan 1996, type 7). */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * q
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? Number.NaN
  return low + (high - low) * (place - Math.floor(place))
}
