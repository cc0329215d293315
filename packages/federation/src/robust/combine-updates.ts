import { type AggregationSpec, Refusal, updatesNeeded } from '@consort/protocol'
import { averagePiece } from '../weighted-average.ts'
import { clipNorms } from './clip-norms.ts'
import { pairwiseDistances, squaredDistance } from './distance.ts'
import { medianPiece, trimmedMeanPiece } from './middle-value.ts'
import { multiKrum } from './multi-krum.ts'
import { notFinite, type RoundUpdates, slicesOf } from './round-updates.ts'

/** What a rule did to the updates, in their order. */
export type AggregationReport =
  | { readonly kind: 'weighted-mean' | 'median' | 'trimmed-mean' }
  | {
      readonly kind: 'norm-bound'
      readonly bound: number
      /** Norms of the differences from the round's model, before they were scaled. */
      readonly norms: readonly number[]
      /** 1 for what was left as it is. */
      readonly scales: readonly number[]
    }
  | { readonly kind: 'multi-krum'; readonly scores: readonly number[] }

export interface Combination {
  readonly report: AggregationReport
  /** What part each update has in the result; 0 for what was left out. They add up to 1. */
  readonly shares: readonly number[]
  /** The new model, a chunk after the other; they are worked out as they are asked for. */
  readonly chunks: AsyncIterable<Float32Array<ArrayBuffer>>
}

/**
 * Makes one model of a round's updates, in memory for some chunks. Sums are kept in float64 and added up in the order
 * of the updates, so that the same updates give the same bits. A norm bound and Multi-Krum read the updates twice: once
 * for the distances, once for the mean. Where examples count for the mean, they do for the norm bound; to the median,
 * the trimmed mean and Multi-Krum all partners are alike, since nobody can check how many examples a partner has.
 * Throws `state-conflict` for fewer updates than the rule needs, and `update-not-finite`.
 */
export async function combineUpdates(round: RoundUpdates, rule: AggregationSpec): Promise<Combination> {
  const shares = round.updates.map(({ share }) => share)
  const needed = updatesNeeded(rule)
  if (shares.length < needed) {
    throw new Refusal(
      'state-conflict',
      `${rule.kind} needs ${needed} updates, and there are ${shares.length}`,
      {
        hint: 'Write that number as `partnersMin` in the recipe: a round with fewer then fails by itself.',
      },
    )
  }
  const alike = shares.map(() => 1 / shares.length)
  switch (rule.kind) {
    case 'weighted-mean':
      return { report: { kind: rule.kind }, shares, chunks: meanChunks(round, shares) }
    case 'norm-bound': {
      const norms = await normsOf(round)
      const { bound, scales } = clipNorms(norms, rule)
      const weights = shares.map((share, place) => share * scales[place]!)
      // Σ pᵢ·(start + sᵢ·(wᵢ − start)) = Σ pᵢ·sᵢ·wᵢ + (1 − Σ pᵢ·sᵢ)·start
      const rest = scales.every(scale => scale === 1)
        ? 0
        : 1 - weights.reduce((sum, weight) => sum + weight, 0)
      const report = { kind: rule.kind, bound, norms, scales }
      return { report, shares, chunks: meanChunks(round, weights, rest) }
    }
    case 'median':
      return { report: { kind: rule.kind }, shares: alike, chunks: eachCoordinate(round, medianPiece) }
    case 'trimmed-mean': {
      const trimmed = (pieces: readonly Float32Array[]) => trimmedMeanPiece(pieces, rule.trim)
      return { report: { kind: rule.kind }, shares: alike, chunks: eachCoordinate(round, trimmed) }
    }
    case 'multi-krum': {
      const distances = pairwiseDistances(round.updates.length)
      for await (const { pieces } of slicesOf(round)) distances.add(pieces)
      const { chosen, scores } = multiKrum(distances.squared, rule)
      const chosenShares = shares.map((_, place) => (chosen.includes(place) ? 1 / chosen.length : 0))
      return {
        report: { kind: rule.kind, scores },
        shares: chosenShares,
        chunks: meanChunks(round, chosenShares),
      }
    }
  }
}

/** Σ weightᵢ·updateᵢ + rest·start; what weighs nothing is not read. */
async function* meanChunks(
  { updates, chunkLengths, readUpdate, readStart }: RoundUpdates,
  weights: readonly number[],
  rest = 0,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const sums = new Float64Array(Math.max(...chunkLengths))
  for (const [chunk, length] of chunkLengths.entries()) {
    const average = averagePiece(length, sums)
    for (const [place, weight] of weights.entries()) {
      if (weight === 0) continue
      if (!average.add(await readUpdate(place, chunk), weight)) throw notFinite(updates[place]!.name)
    }
    if (rest !== 0) average.add(await readStart(chunk), rest)
    yield average.result()
  }
}

async function* eachCoordinate(
  round: RoundUpdates,
  combine: (pieces: readonly Float32Array[]) => Float32Array,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const { chunkLengths } = round
  let whole = new Float32Array(chunkLengths[0]!)
  for await (const { chunk, start, pieces } of slicesOf(round)) {
    if (start === 0) whole = new Float32Array(chunkLengths[chunk]!)
    const combined = combine(pieces)
    whole.set(combined, start)
    if (start + combined.length === whole.length) yield whole
  }
}

/** Euclidean norms of the differences from the round's model. */
async function normsOf({ updates, chunkLengths, readUpdate, readStart }: RoundUpdates): Promise<number[]> {
  const squared = updates.map(() => 0)
  for (const chunk of chunkLengths.keys()) {
    const start = await readStart(chunk)
    for (const place of updates.keys())
      squared[place]! += squaredDistance(await readUpdate(place, chunk), start)
  }
  const broken = squared.findIndex(sum => !Number.isFinite(sum))
  if (broken >= 0) throw notFinite(updates[broken]!.name)
  return squared.map(Math.sqrt)
}
