import type { QuestionOf } from '@consort/protocol'
import { checkSum } from './check-sum.ts'
import type { SumLimits } from './question.ts'

/** What decoding a sum of answers says of all partners' recorded values together. */
export interface SummedMoments {
  readonly count: number
  /** How many of them were clipped. */
  readonly clipped: number
  /** Of the clipped, rounded values; null where nothing is recorded. */
  readonly mean: number | null
  /** Divided by the count. */
  readonly variance: number | null
  /** Rounding moves a value, and so the mean, by at most this much: half a step. */
  readonly error: number
}

type Moments = QuestionOf<'moments'>

/** One partner's answer: count, number clipped, Σu and Σu², where u = 0 … steps is the rounded place in [min, max]. */
export function encodeMoments({ min, max, steps }: Moments, values: readonly number[]): number[] {
  const answer = [values.length, 0, 0, 0]
  for (const value of values) {
    const inside = Math.min(Math.max(value, min), max)
    const place = Math.round(((inside - min) / (max - min)) * steps)
    if (inside !== value) answer[1]!++
    answer[2]! += place
    answer[3]! += place * place
  }
  return answer
}

/**
 * Mean and variance from summed answers. The textbook formula n·Σu² − (Σu)² loses all digits in floating point when the
 * spread is small beside the mean (Chan, Golub, LeVeque 1983, The American Statistician 37, the "textbook algorithm");
 * here it is exact, since u are integers, so that partners can add their sums without another round for the mean.
 * Throws `input-invalid` for what is no sum of answers.
 */
export function decodeMoments(question: Moments, sum: readonly number[], limits: SumLimits): SummedMoments {
  checkSum(question, sum, limits)
  const { min, max, steps } = question
  const [count, clipped, places, squares] = [sum[0]!, sum[1]!, sum[2]!, sum[3]!]
  const step = (max - min) / steps
  const error = step / 2
  if (count === 0) return { count, clipped, mean: null, variance: null, error }
  const scatter = BigInt(count) * BigInt(squares) - BigInt(places) ** 2n
  return {
    count,
    clipped,
    mean: min + (places / count) * step,
    variance: (Number(scatter) / count / count) * step * step,
    error,
  }
}
