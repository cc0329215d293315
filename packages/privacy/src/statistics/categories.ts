import { createHmac } from 'node:crypto'
import type { QuestionOf } from '@consort/protocol'

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
