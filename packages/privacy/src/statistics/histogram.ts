import type { QuestionOf } from '@consort/protocol'
import { checkSum } from './check-sum.ts'
import type { SumLimits } from './question.ts'

export interface SummedHistogram {
  readonly count: number
  readonly edges: readonly number[]
  /** Values in [edge, next edge), the last one included in the last bin. */
  readonly counts: readonly number[]
}

/** A quantile read off a histogram. */
export interface Quantile {
  readonly value: number
  /**
   * The value at that rank of the records, clipped to the outer edges, lies in [low, high]: the error is below a bin's
   * width.
   */
  readonly low: number
  readonly high: number
}

type Histogram = QuestionOf<'histogram'>

/** One partner's answer: how many values lie in each bin. */
export function encodeHistogram({ edges }: Histogram, values: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0)
  for (const value of values) counts[binOf(value, edges)]!++
  return counts
}

/** Throws `input-invalid` for what is no sum of answers. */
export function decodeHistogram(
  question: Histogram,
  sum: readonly number[],
  limits: SumLimits,
): SummedHistogram {
  checkSum(question, sum, limits)
  return { count: sum.reduce((total, count) => total + count, 0), edges: question.edges, counts: [...sum] }
}

/**
 * The share-th quantile (0 to 1), by linear interpolation in the bin that holds the value of rank ⌈share · count⌉
 * (Hyndman, Fan 1996, The American Statistician 50, definitions 1 and 4); null for an empty histogram.
 */
export function quantileOf({ counts, edges, count }: SummedHistogram, share: number): Quantile | null {
  if (count === 0) return null
  const rank = Math.min(Math.max(Math.ceil(share * count), 1), count)
  let below = 0
  let bin = 0
  while (below + counts[bin]! < rank) below += counts[bin++]!
  const [low, high] = [edges[bin]!, edges[bin + 1]!]
  const within = Math.min(Math.max((share * count - below) / counts[bin]!, 0), 1)
  return { value: low + within * (high - low), low, high }
}

/**
 * The same counts in fewer bins, none of which holds less than `countMin` values, unless all together do: each bin is
 * joined with those after it until there are enough, the last ones with the bin before.
 */
export function joinSmallBins({ count, edges, counts }: SummedHistogram, countMin: number): SummedHistogram {
  const joined = { edges: [edges[0]!], counts: [] as number[] }
  let [held, left] = [0, count]
  for (const [bin, inside] of counts.entries()) {
    held += inside
    left -= inside
    const isLast = bin === counts.length - 1
    if (!isLast && (held < countMin || left < countMin)) continue
    joined.edges.push(edges[bin + 1]!)
    joined.counts.push(held)
    held = 0
  }
  return { count, ...joined }
}

/** By bisection; values beyond the outer edges belong to the outer bins. */
function binOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (value >= edges[middle]!) low = middle
    else high = middle
  }
  return low
}
