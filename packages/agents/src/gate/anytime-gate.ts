import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import type { AnswerGate } from './answer-gate.ts'
import { growthOf, meanWealth, stakes } from './bets.ts'
import { checkPromise, type GatePromise } from './gate-promise.ts'
import { leastNumber } from './least-number.ts'

/** One labelled case of the role calibrate, as it was when it came in. */
export interface LabelledCase {
  readonly confidence: number
  /** What the adjudicated label says of the model's answer, whether or not it was given. */
  readonly isWrong: boolean
  /** The probability, fixed before the answer, that the case would be labelled: 1 for a deferred one. */
  readonly propensity: number
  /** The least probability to be labelled that the rules of that time gave to any case; at most `propensity`. */
  readonly propensityLeast: number
  /** The probability that the policy answers it once the gate lets it through; 1 where it always does. */
  readonly answered?: number
}

/** What the labels so far show; plain JSON, to be stored beside the last label that went into it. */
export interface GateEvidence extends GatePromise {
  /** The strictest first. */
  readonly thresholds: readonly number[]
  /** What 1 has become: a row for each threshold, a number for each stake. A row stands still once it is proven. */
  readonly wealth: readonly (readonly number[])[]
  /** Whether the mean wealth at a threshold has ever reached 1/δ. */
  readonly isProven: readonly boolean[]
  readonly labels: number
}

/** The gate at one look, and how many labels it rests on. */
export type AnytimeGate =
  | (Extract<AnswerGate, { kind: 'open' }> & { readonly labels: number })
  | (Extract<AnswerGate, { kind: 'closed' }> & {
      readonly labels: number
      /** Further labels above the strictest threshold, all right, all of full weight, that would open the gate. */
      readonly labelsNeeded: number
    })

/** How evidence is kept as JSON. */
export const gateEvidenceSchema = z.object({
  alpha: z.number(),
  delta: z.number(),
  thresholds: z.array(z.number()),
  wealth: z.array(z.array(z.number())),
  isProven: z.array(z.boolean()),
  labels: z.int(),
}) satisfies z.ZodType<GateEvidence>

/** Nobody is quite ruined, so that `labelsNeeded` stays a number; too little ever to matter to 1/δ. */
const wealthLeast = 1e-300

/** No label yet: the gate is closed. `thresholds` as for `fitThreshold`, fixed without the labels. */
export function startEvidence({
  thresholds,
  alpha,
  delta,
}: GatePromise & { readonly thresholds: readonly number[] }): GateEvidence {
  checkPromise({ alpha, delta })
  if (thresholds.length === 0 || thresholds.some(Number.isNaN)) {
    throw new Refusal('input-invalid', 'There is no threshold to test', {
      hint: 'Give round numbers, or quantiles of confidences of other records.',
    })
  }
  const strictestFirst = [...new Set(thresholds)].sort((a, b) => b - a)
  return {
    alpha,
    delta,
    thresholds: strictestFirst,
    wealth: strictestFirst.map(() => stakes.map(() => 1)),
    isProven: strictestFirst.map(() => false),
    labels: 0,
  }
}

/**
 * Takes in one label. For each threshold t at or below the case's confidence, wealth is staked against "R(t) > α" with
 * R(t) = E[a · wrong | confidence ≥ t] / E[a | confidence ≥ t], a the policy's probability to answer. The weight of a
 * label is a · propensityLeast / propensity: rare labels count for those that were not drawn. See docs/guarantees.md
 * for the proof, and Xu, Karampatziakis, Mineiro 2024, "Active, anytime-valid risk controlling prediction sets", for
 * the idea.
 *
 * Labels are to be given in the order in which their cases came, not in that in which labels came: where hard cases
 * take longer, the first labels to arrive are better than the rest. One that never comes is given as wrong.
 */
export function weighLabel(evidence: GateEvidence, labelled: LabelledCase): GateEvidence {
  const { confidence, isWrong, propensity, propensityLeast, answered = 1 } = labelled
  assert.ok(0 < propensityLeast && propensityLeast <= propensity && propensity <= 1)
  assert.ok(answered >= 0 && answered <= 1)
  const weight = (answered * propensityLeast) / propensity
  const growth = stakes.map(stake => growthOf(stake, { alpha: evidence.alpha, weight, isWrong }))
  const isProven = [...evidence.isProven]
  const wealth = evidence.wealth.map((row, index) => {
    const isAbove = confidence >= evidence.thresholds[index]! // NaN is never sure
    if (!isAbove || isProven[index]) return row
    const next = row.map((one, stake) => Math.max(one * growth[stake]!, wealthLeast))
    isProven[index] = meanWealth(next) >= 1 / evidence.delta
    return next
  })
  return { ...evidence, wealth, isProven, labels: evidence.labels + 1 }
}

/**
 * The gate at this look. It is open at the loosest threshold before the first that is not proven; once open it only
 * opens further, since what was proven stays so (drift is for others to watch). With probability ≥ 1 − δ over all the
 * labels that ever come, no look finds it open where R > α.
 */
export function anytimeGate(evidence: GateEvidence): AnytimeGate {
  const { thresholds, isProven, labels } = evidence
  const firstOpen = isProven.indexOf(false)
  const proven = firstOpen === -1 ? thresholds.length : firstOpen
  if (proven > 0) return { kind: 'open', threshold: thresholds[proven - 1]!, labels }
  return { kind: 'closed', labels, labelsNeeded: labelsNeeded(evidence) }
}

function labelsNeeded({ wealth, alpha, delta }: GateEvidence): number {
  const growth = stakes.map(stake => growthOf(stake, { alpha, weight: 1, isWrong: false }))
  return leastNumber(
    more => meanWealth(wealth[0]!.map((one, stake) => one * growth[stake]! ** more)) >= 1 / delta,
  )
}
