import { roundOutput } from '@consort/serving'
import { areaUnderCurve } from '../membership/membership.ts'
import type { Training } from '../membership/membership-models.ts'
import { boundaryScores, type Effort } from './boundary-distance.ts'
import { confidenceScores, gapScores, noiseScores } from './label-only.ts'
import { type AttackedTable, trainTable } from './overfitted-tables.ts'

export const size = { count: 200, width: 30 }
export const noise = { copies: 20, deviation: 0.2 }
export const effort: Effort = { starts: 4, steps: 3, probes: 40 }

/** 60 epochs over a hundred records of noise: all of them by heart. */
export const overfitted: Training = {
  optimiser: { kind: 'adam', learningRate: 0.01 },
  batchSize: 16,
  epochs: 60,
}

export type Attack = (table: AttackedTable, seed: number) => Promise<Float64Array>

export const gap: Attack = ({ candidates, ask }) => gapScores(candidates, ask)
export const byNoise: Attack = ({ candidates, ask }, seed) => noiseScores(candidates, ask, { ...noise, seed })
export const byBoundary: Attack = ({ candidates, ask }, seed) =>
  boundaryScores(candidates, ask, { ...effort, seed })

/** By a confidence of so many decimals, rounded as a key's limit has it. */
export function byConfidence(decimals: number): Attack {
  return ({ candidates, ask }) =>
    confidenceScores(candidates, ask, probability => roundOutput(probability, decimals))
}

/** For each attack the area under its curve against each model: `models` of them, of seeds 1, 2, … */
export async function areasOf<Name extends string>(
  training: Training,
  { models, attacks }: { models: number; attacks: Readonly<Record<Name, Attack>> },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(attacks) as Name[]
  const areas = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let seed = 1; seed <= models; seed++) {
    const table = await trainTable(training, { ...size, seed })
    for (const name of names) areas[name].push(areaOf(await attacks[name](table, seed), table.isIn))
  }
  return areas
}

/** The chance that a member has the higher score, ties by halves. */
export function areaOf(scores: Float64Array, isIn: readonly boolean[]): number {
  return areaUnderCurve({ isIn: [isIn], confidences: [] }, () => scores)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Of a mean of independent values. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1) / values.length)
}

/**
 * Of the mean area over so many models where scores say nothing (Mann and Whitney 1947): √((m + n + 1)/(12mn)) for m
 * members among m + n records, here half of them; ties make it smaller.
 */
export function errorOfChance(models: number, count: number = size.count): number {
  return Math.sqrt((count + 1) / (12 * (count / 2) ** 2) / models)
}
