import {
  type ActionCosts,
  type AnswerGate,
  answerPropensity,
  anytimeGate,
  candidateThresholds,
  drawSpotCheck,
  type GatePromise,
  type LabelledCase,
  spotCheckOfDeferred,
  startEvidence,
  weighLabel,
} from '@consort/agents'
import { fitThreshold } from './fit-threshold.ts'
import { drawCase, type Population } from './population.ts'

/** Labels that a split may spend, and past cases without labels whose confidences give the thresholds. */
export const labelsMax = 2000
const candidates = 60
export const shareAudited = 0.1

/** A wrong answer costs ten persons; with this β about half of what is just worth answering is. */
export const costs: ActionCosts = { error: 50, price: 4, waiting: 1 }
export const beta = 0.5
export const propensityAtBeta = (confidence: number): number => answerPropensity(confidence, { costs, beta })

/** The thresholds at which the gate stood open, in turn, while labels came in; none where it never opened. */
export type Way = (population: Population, promise: GatePromise, uniform: () => number) => number[]

export const ways = {
  'one look': (population, promise, uniform) => {
    const thresholds = thresholdsFor(population, promise, uniform)
    const gate = fitThreshold(drawRecords(population, uniform), { thresholds, ...promise })
    return gate.kind === 'open' ? [gate.threshold] : []
  },
  anytime: (population, promise, uniform) =>
    follow(thresholdsFor(population, promise, uniform), promise, () => ({
      ...drawCase(population, uniform),
      ...{ propensity: 1, propensityLeast: 1 },
    })),
  'streaming audits': (population, promise, uniform) =>
    follow(thresholdsFor(population, promise, uniform), promise, gate => {
      for (;;) {
        const one = drawCase(population, uniform)
        const isAnswered = gate.kind === 'open' && one.confidence >= gate.threshold
        const { isAudited, ...audit } = isAnswered
          ? drawSpotCheck(one.confidence, { rule, threshold: gate.threshold, uniform: uniform() })
          : spotCheckOfDeferred(rule, gate)
        if (isAudited) return { ...one, ...audit }
      }
    }),
  'finite beta': (population, promise, uniform) =>
    follow(thresholdsFor(population, promise, uniform), promise, () => {
      const one = drawCase(population, uniform)
      return { ...one, propensity: 1, propensityLeast: 1, answered: propensityAtBeta(one.confidence) }
    }),
} satisfies Record<string, Way>

const rule = { shareMin: shareAudited }

/** What one writes without thinking: has to break the promise in the same splits. */
export const planted = {
  'plug-in threshold': (population, promise, uniform) => {
    const thresholds = thresholdsFor(population, promise, uniform)
    const { confidences, isWrong } = drawRecords(population, uniform)
    const passing = thresholds.filter(threshold => {
      const wrongs = isWrong.filter((_, index) => confidences[index]! >= threshold)
      return wrongs.length > 0 && wrongs.filter(Boolean).length <= promise.alpha * wrongs.length
    })
    return passing.slice(-1)
  },
  'repeated look': (population, promise, uniform) => {
    const thresholds = [population.cells.at(-1)!.confidence]
    const { confidences, isWrong } = drawRecords(population, uniform)
    const opened: number[] = []
    // One look's test, every 25 labels.
    for (let labels = 25; labels <= labelsMax; labels += 25) {
      const records = { confidences: confidences.slice(0, labels), isWrong: isWrong.slice(0, labels) }
      const gate = fitThreshold(records, { thresholds, ...promise })
      if (gate.kind === 'open') opened.push(gate.threshold)
    }
    return opened
  },
} satisfies Record<string, Way>

function drawRecords(population: Population, uniform: () => number) {
  const cases = Array.from({ length: labelsMax }, () => drawCase(population, uniform))
  return { confidences: cases.map(one => one.confidence), isWrong: cases.map(one => one.isWrong) }
}

function thresholdsFor(population: Population, promise: GatePromise, uniform: () => number): number[] {
  const past = Array.from({ length: labelsMax }, () => drawCase(population, uniform).confidence)
  return candidateThresholds(past, { records: labelsMax, count: candidates, ...promise })
}

/** Looks after every single label. */
function follow(
  thresholds: readonly number[],
  promise: GatePromise,
  nextLabel: (gate: AnswerGate) => LabelledCase,
): number[] {
  let evidence = startEvidence({ thresholds, ...promise })
  let gate = anytimeGate(evidence)
  const opened: number[] = []
  for (let label = 0; label < labelsMax; label++) {
    evidence = weighLabel(evidence, nextLabel(gate))
    gate = anytimeGate(evidence)
    if (gate.kind === 'open' && gate.threshold !== opened.at(-1)) opened.push(gate.threshold)
  }
  return opened
}
