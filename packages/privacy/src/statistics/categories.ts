import { createHmac } from 'node:crypto'
import type { QuestionOf } from '@consort/protocol'
import { checkSum } from './check-sum.ts'
import type { SumLimits } from './question.ts'
import { type CategoryPrivacy, namingThreshold } from './threshold.ts'

/** Discrete Laplace noise of a scale, P(z) ∝ exp(−|z| / scale), from a sampler that nobody can predict. */
export type DiscreteNoise = (scale: number) => number

export interface ReleasedCount {
  /** The candidate or the bucket's number. */
  readonly category: string
  /** With noise. */
  readonly count: number
}

export interface ReleasedCategories {
  readonly threshold: number
  readonly released: readonly ReleasedCount[]
}

/** One partner's answer: how often each candidate occurs, then how often anything else. */
export function encodeCandidates(
  { candidates }: QuestionOf<'candidates'>,
  values: readonly string[],
): number[] {
  const places = new Map(candidates.map((candidate, place) => [candidate, place]))
  const counts = new Array<number>(candidates.length + 1).fill(0)
  for (const value of values) counts[places.get(value) ?? candidates.length]!++
  return counts
}

/**
 * One partner's answer: how many values fall in each bucket. The key is the partners'; without it a bucket says
 * nothing.
 */
export function encodeBuckets(
  { buckets, field }: QuestionOf<'buckets'>,
  values: readonly string[],
  key: Uint8Array,
): number[] {
  const counts = new Array<number>(buckets).fill(0)
  const known = new Map<string, number>()
  for (const value of values) {
    const bucket = known.get(value) ?? bucketOf(value, { field, buckets, key })
    known.set(value, bucket)
    counts[bucket]!++
  }
  return counts
}

/**
 * The categories of a sum whose noisy count reaches the threshold. Categories that nobody has are passed over without
 * noise: to name one would tell nothing, but be wrong. Whoever calls this sees the exact counts: the
 * guarantee is for those who see the result. Throws `input-invalid` for what is no sum of answers.
 */
export function releaseCategories(
  question: QuestionOf<'candidates' | 'buckets'>,
  sum: readonly number[],
  {
    noise,
    limits,
    ...privacy
  }: CategoryPrivacy & { readonly noise: DiscreteNoise; readonly limits: SumLimits },
): ReleasedCategories {
  checkSum(question, sum, limits)
  const threshold = namingThreshold(privacy)
  const nameOf = (index: number): string =>
    question.kind === 'candidates' ? question.candidates[index]! : String(index)
  const others = question.kind === 'candidates' ? question.candidates.length : -1
  const released = sum.flatMap((exact, index) => {
    if (exact === 0 || index === others) return []
    const count = exact + noise(1 / privacy.epsilon)
    return count >= threshold ? [{ category: nameOf(index), count }] : []
  })
  return { threshold, released }
}

/**
 * Which of a partner's own values fall in released buckets, so that it may propose them as candidates. Two values share
 * a bucket with probability 1/buckets, and a rare one then hides behind a common one: take many more buckets than there
 * are values.
 */
export function valuesInReleased(
  { buckets, field }: QuestionOf<'buckets'>,
  values: readonly string[],
  { released, key }: { released: readonly ReleasedCount[]; key: Uint8Array },
): string[] {
  const open = new Set(released.map(({ category }) => category))
  return [...new Set(values)]
    .filter(value => open.has(String(bucketOf(value, { field, buckets, key }))))
    .sort()
}

/** 64 bits of HMAC-SHA-256; the modulo makes no bucket likelier than another by more than 2^−44. */
function bucketOf(
  value: string,
  { field, buckets, key }: { field: string; buckets: number; key: Uint8Array },
): number {
  const digest = createHmac('sha256', key)
    .update(JSON.stringify(['category-bucket', field, value]))
    .digest()
  return Number(digest.readBigUInt64BE() % BigInt(buckets))
}
