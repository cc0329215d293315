import type { Recipe } from '@consort/protocol'
import type { CalibrationHalves } from '../calibration/calibration-halves.ts'
import { applyCalibrator, type Calibrator, chooseCalibrator, topsOf } from '../calibration/calibrator.ts'
import { type ConformalFit, fitConformal } from '../conformal/conformal-set.ts'
import { candidateThresholds } from '../gate/candidate-thresholds.ts'
import { type DecisionRules, stagesOf } from '../gate/decision-rules.ts'
import type { GatePromise } from '../gate/gate-promise.ts'
import { errorFreeLabelsNeeded } from '../gate/labels-needed.ts'
import type { StartOfEvidence } from './start-of-evidence.ts'

/** The promise of an agent, and the rules that it decides by. */
export type CalibrationRules = GatePromise & DecisionRules

/** Held-out records as a version scores them: n × k logits by rows, and the class of each record by its place. */
export interface ScoredRecords {
  readonly logits: Float32Array
  readonly classes: readonly string[]
  readonly labels: ArrayLike<number>
  /** Which of them make the probabilities, and which the gate. */
  readonly halves: CalibrationHalves
  /** Digest of the file that they come from. */
  readonly source: string
}

/**
 * Fits probabilities on one half of the records that training did not see; its confidences, without labels, give the
 * thresholds. The other half are the first labels that the gate weighs, and give the conformal sets.
 */
export function calibrateVersion(
  { logits: all, classes: names, labels: allLabels, halves, source }: ScoredRecords,
  rules: CalibrationRules,
  recipe: Recipe,
): StartOfEvidence {
  const delta = deltaPerPolicy(rules, recipe)
  const records = allLabels.length
  if (halves.probabilities.length === 0) {
    const calibrator: Calibrator = { kind: 'temperature', temperature: 1 }
    const calibration = { calibrator, conformal: null, records, confidences: [], source, delta }
    return { calibration, thresholds: roundThresholds, heldOut: [] }
  }
  const classes = names.length
  const half = (indices: Int32Array) => rowsOf({ logits: all, classes, labels: allLabels }, indices)
  const [fitted, judged] = [half(halves.probabilities), half(halves.gate)]
  const { calibrator } = chooseCalibrator({ ...fitted, classes }, fitted.labels)
  const confidences = topsOf(applyCalibrator({ ...fitted, classes }, calibrator), classes)
    .map(({ confidence }) => confidence)
    .sort((a, b) => a - b)
  const probabilities = applyCalibrator({ ...judged, classes }, calibrator)
  const labels = judged.labels
  const promise = { alpha: rules.alpha, delta }
  return {
    calibration: {
      calibrator,
      conformal: labels.length === 0 ? null : setsFor({ probabilities, classes, labels }, rules.alpha),
      records,
      confidences,
      source,
      delta,
    },
    thresholds: candidateThresholds(confidences, {
      ...promise,
      records: labelsExpected(labels.length, promise),
      count: thresholdsTried,
    }),
    heldOut: topsOf(probabilities, classes).map(({ index, confidence }, record) => ({
      confidence,
      class: names[index]!,
      isWrong: index !== labels[record],
    })),
  }
}

/** Thresholds cost nothing, and 60 let through more than 25 did (docs/guarantees.md, Measured). */
const thresholdsTried = 60
/** Where there is no record to take quantiles from. */
const roundThresholds = [0.995, 0.99, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5]

/**
 * How many labels the strictest threshold is chosen for. With five times what an error-free gate would need at one look
 * above it, four errors among them still leave it open at every look (α = 0.05, δ = 0.1); with three times, one. Where
 * the held-out ones are fewer, so many of the cases to come that a quarter of them will do.
 */
function labelsExpected(heldOut: number, promise: { alpha: number; delta: number }): number {
  const least = errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, promise)
  if (heldOut >= 5 * least) return (heldOut * 3) / 5
  return heldOut >= 3 * least ? heldOut : 12 * least
}

/**
 * A run that stops by its validation scores has chosen its version among at most `rounds` of them by these very
 * records, and a policy that explores less and less is as many policies as it has stages. The promise then has to hold
 * for each of them (Bonferroni).
 */
function deltaPerPolicy(rules: CalibrationRules, { stop, federation }: Recipe): number {
  const isChosen = stop.patience !== undefined || stop.target !== undefined
  return rules.delta / (isChosen ? federation.rounds : 1) / stagesOf(rules)
}

/** Sets that hold the label in each class with probability 1 − α; classes with few records are in every set. */
function setsFor(
  { probabilities, classes, labels }: { probabilities: Float64Array; classes: number; labels: Int32Array },
  alpha: number,
): ConformalFit {
  const uniforms = new Float64Array(labels.length) // this method draws nothing
  return fitConformal({ probabilities, classes }, labels, {
    method: { kind: 'lac' },
    alpha,
    uniforms,
    isClassConditional: true,
  })
}

function rowsOf(
  { logits, classes, labels }: { logits: Float32Array; classes: number; labels: ArrayLike<number> },
  indices: Int32Array,
): { logits: Float32Array; labels: Int32Array } {
  const rows = new Float32Array(indices.length * classes)
  for (const [row, index] of indices.entries()) {
    rows.set(logits.subarray(index * classes, (index + 1) * classes), row * classes)
  }
  return { logits: rows, labels: Int32Array.from(indices, index => labels[index]!) }
}
