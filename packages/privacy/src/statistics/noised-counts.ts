import { type QuestionOf, Refusal } from '@consort/protocol'
import type { DiscreteNoise, ReleasedCategories } from './categories.ts'
import type { SumLimits } from './question.ts'
import { type CategoryPrivacy, namingThreshold } from './threshold.ts'

/** Noise reaches further than the margin less often than this; what does is cut, after it was added. */
const cutShare = 1e-9

/**
 * How far noise of scale 1/ε is followed below zero and above the most: P(|Z| > margin) = 2α^(margin+1) / (1 + α) with
 * α = e^(−ε) is at most 10⁻⁹.
 */
export function noiseMargin(epsilon: number): number {
  return Math.max(1, Math.ceil(Math.log(2 / cutShare) / epsilon))
}

/**
 * One partner's counts as they may leave: each with discrete Laplace noise of scale 1/ε of its own, moved up by the
 * margin so that no number is negative. From 0 to `rowsMax` + twice the margin.
 *
 * Each partner adds all the noise that its own promise needs: its counts are ε-differentially private for each record
 * even against a hub and all other partners together, since a record is in one count. Shares of one noise (Pólya) would
 * leave the sum with n times less variance, and protect only while all others add theirs.
 */
export function addNoise(
  counts: readonly number[],
  { epsilon, rowsMax, noise }: { epsilon: number; rowsMax: number; noise: DiscreteNoise },
): number[] {
  const margin = noiseMargin(epsilon)
  return counts.map(count => {
    const noised = count + noise(1 / epsilon)
    return Math.min(Math.max(noised, -margin), rowsMax + margin) + margin
  })
}

/**
 * The categories of a sum of noised counts that reach the threshold; the count of all others stays out. `partners` is
 * how many are in the sum. Throws `input-invalid` for what no noised counts add up to.
 */
export function releaseNoised(
  { candidates, field }: QuestionOf<'candidates'>,
  sum: readonly number[],
  {
    epsilon,
    delta,
    limits: { rowsMax, partners },
  }: Omit<CategoryPrivacy, 'noises'> & { readonly limits: SumLimits },
): ReleasedCategories {
  const margin = noiseMargin(epsilon)
  const most = partners * (rowsMax + 2 * margin)
  const isSum = sum.length === candidates.length + 1 && sum.every(value => value >= 0 && value <= most)
  if (!isSum) {
    throw new Refusal('input-invalid', `This is no sum of answers to the question about ${field}`, {
      path: field,
    })
  }
  const threshold = namingThreshold({ epsilon, delta, noises: partners })
  const released = candidates.flatMap((category, index) => {
    const count = sum[index]! - partners * margin
    return count >= threshold ? [{ category, count }] : []
  })
  return { threshold, released }
}
