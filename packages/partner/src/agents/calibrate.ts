import {
  type ActionCosts,
  applyTemperature,
  candidateThresholds,
  chooseAction,
  errorFreeLabelsNeeded,
  fitTemperature,
  fitThreshold,
  type GatePromise,
} from '@consort/agents'
import type { AgentView, Recipe } from '@consort/protocol'
import type { Predictor } from '@consort/serving'
import type { Examples } from '@consort/train'
import { calibrationHalves } from './calibration-halves.ts'

export interface CalibrationRules extends GatePromise {
  readonly costs: ActionCosts
  /** Infinity takes the cheapest action. */
  readonly beta: number
}

export interface Calibration {
  readonly temperature: number
  readonly records: number
  readonly gate: AgentView['gate']
}

/**
 * Fits temperature and threshold on records that training did not see, each on a half of its own, in one look. Thresholds
 * are quantiles of the first half's confidences, so that nothing is chosen by the second half but the threshold itself.
 * Where costs and draws may defer what the gate allows, both halves are thinned out in the same way, because the promise
 * is about the cases that are answered. Too few records close the gate.
 */
export async function calibrate(
  predictor: Predictor,
  heldOut: Examples | undefined,
  rules: CalibrationRules,
  { key, uniform }: { key: Uint8Array; uniform: () => number },
): Promise<Calibration> {
  const promise = { alpha: rules.alpha, delta: deltaPerVersion(rules.delta, predictor.recipe) }
  const records = heldOut?.count ?? 0
  const closedWith = (temperature: number, labelsNeeded: number): Calibration => ({
    temperature,
    records,
    gate: { kind: 'closed', labelsNeeded },
  })
  const labelsAtLeast = errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, promise)
  if (!heldOut) return closedWith(1, labelsAtLeast)
  const halves = calibrationHalves(heldOut, key)
  if (halves.temperature.length === 0) return closedWith(1, labelsAtLeast)
  const logits = await scoreAll(predictor, heldOut)
  const classes = predictor.classes.length
  const half = (indices: Int32Array) => rowsOf({ logits, classes, labels: heldOut.labels }, indices)
  const temperature = trustedTemperature(half(halves.temperature), classes)
  const judge = (indices: Int32Array) =>
    answeredOf(judged(half(indices), { classes, temperature }), rules, uniform)
  const [{ confidences }, measured] = [judge(halves.temperature), judge(halves.threshold)]
  const count = measured.confidences.length
  if (confidences.length === 0 || count === 0) return closedWith(temperature, labelsAtLeast)
  const thresholds = candidateThresholds(confidences, { records: count, ...promise })
  const gate = fitThreshold(measured, { thresholds, ...promise })
  if (gate.kind === 'closed') return closedWith(temperature, gate.labelsNeeded)
  return { temperature, records, gate: { ...gate, share: gate.answered / halves.threshold.length } }
}

/**
 * A run that stops by its validation scores has chosen its version among at most `rounds` of them by these very records.
 * The promise then has to hold for each of them (Bonferroni).
 */
function deltaPerVersion(delta: number, { stop, federation }: Recipe): number {
  const isChosen = stop.patience !== undefined || stop.target !== undefined
  return isChosen ? delta / federation.rounds : delta
}

const rowsAtOnce = 256

async function scoreAll(predictor: Predictor, { count, inputs }: Examples): Promise<Float32Array> {
  const size = inputs.length / count
  const logits = new Float32Array(count * predictor.classes.length)
  for (let from = 0; from < count; from += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, count - from)
    const part = Float32Array.from(inputs.subarray(from * size, (from + rows) * size))
    logits.set(await predictor.score(part, rows), from * predictor.classes.length)
  }
  return logits
}

interface Scored {
  readonly logits: Float32Array
  readonly labels: ArrayLike<number>
}

function rowsOf({ logits, classes, labels }: Scored & { classes: number }, indices: Int32Array): Scored {
  const rows = new Float32Array(indices.length * classes)
  for (const [row, index] of indices.entries()) {
    rows.set(logits.subarray(index * classes, (index + 1) * classes), row * classes)
  }
  return { logits: rows, labels: Int32Array.from(indices, index => labels[index]!) }
}

/** At a limit of its range a temperature says only that there are too few records, or none that is wrong. */
function trustedTemperature({ logits, labels }: Scored, classes: number): number {
  const { temperature, isAtLimit } = fitTemperature({ logits, classes }, labels)
  return isAtLimit ? 1 : temperature
}

interface Judged {
  readonly confidences: number[]
  readonly isWrong: boolean[]
}

function judged(
  { logits, labels }: Scored,
  { classes, temperature }: { classes: number; temperature: number },
): Judged {
  const probabilities = applyTemperature({ logits, classes }, temperature)
  const confidences: number[] = []
  const isWrong: boolean[] = []
  for (let row = 0; row < labels.length; row++) {
    const { index, confidence } = likeliest(probabilities.subarray(row * classes, (row + 1) * classes))
    confidences.push(confidence)
    isWrong.push(index !== labels[row])
  }
  return { confidences, isWrong }
}

/** Those that would be answered if the gate let everything through. */
function answeredOf(
  { confidences, isWrong }: Judged,
  rules: CalibrationRules,
  uniform: () => number,
): Judged {
  const { costs, beta } = rules
  const gate = { kind: 'open', threshold: 0 } as const
  const isAnswered = confidences.map(
    confidence => chooseAction(confidence, { gate, costs, beta, uniform: uniform() }).action === 'answer',
  )
  return {
    confidences: confidences.filter((_, index) => isAnswered[index]),
    isWrong: isWrong.filter((_, index) => isAnswered[index]),
  }
}

/** The largest probability; the first of equal ones. */
export function likeliest(probabilities: Float64Array): { index: number; confidence: number } {
  let index = 0
  for (let other = 1; other < probabilities.length; other++) {
    if (probabilities[other]! > probabilities[index]!) index = other
  }
  return { index, confidence: Math.min(1, probabilities[index]!) }
}
