import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'
import { type ConformalMethod, labelScores } from './label-scores.ts'

/** Largest score that a label may have to be in the set: one for all classes, or one for each. */
export interface ConformalFit {
  readonly method: ConformalMethod
  readonly classes: number
  /** k numbers; +Infinity where there were too few records to leave any label of this class out. */
  readonly cutoffs: readonly number[]
}

/**
 * Split conformal prediction (Vovk, Gammerman, Shafer 2005): sets that hold the true label with probability ≥ 1 − α for
 * a case exchangeable with the n records (on average over records and cases; not for each case). The cutoff is the ⌈(n
 * + 1)(1 − α)⌉-th smallest score of the true labels. With `isClassConditional` each class has its own cutoff from its
 * own records, and coverage ≥ 1 − α holds within every class. `probabilities` are n × k by rows, `uniforms` n numbers
 * in [0, 1). Needs records apart from those that calibrated the probabilities. Throws `input-invalid` without records
 * or for α outside (0, 1).
 */
export function fitConformal(
  { probabilities, classes }: { probabilities: ArrayLike<number>; classes: number },
  labels: ArrayLike<number>,
  {
    method,
    alpha,
    uniforms,
    isClassConditional = false,
  }: { method: ConformalMethod; alpha: number; uniforms: ArrayLike<number>; isClassConditional?: boolean },
): ConformalFit {
  assert.ok(probabilities.length === labels.length * classes && uniforms.length === labels.length)
  if (labels.length === 0 || !(alpha > 0 && alpha < 1)) {
    throw new Refusal(
      'input-invalid',
      `There is no conformal set from ${labels.length} records at alpha ${alpha}`,
      {
        hint: 'Give labelled records of the role calibrate, and alpha between 0 and 1, e.g. 0.05.',
      },
    )
  }
  const groups: number[][] = Array.from({ length: isClassConditional ? classes : 1 }, () => [])
  for (let record = 0; record < labels.length; record++) {
    const row = rowOf(probabilities, record, classes)
    const score = labelScores(row, { method, uniform: uniforms[record]! })[labels[record]!]!
    groups[isClassConditional ? labels[record]! : 0]!.push(score)
  }
  const cutoffs = groups.map(scores => cutoffOf(scores, alpha))
  return { method, classes, cutoffs: isClassConditional ? cutoffs : Array(classes).fill(cutoffs[0]!) }
}

/** The labels that may be true, likeliest first. `uniform` as when fitting: drawn once for this case. */
export function conformalSet(fit: ConformalFit, probabilities: ArrayLike<number>, uniform: number): number[] {
  assert.equal(probabilities.length, fit.classes)
  const scores = labelScores(probabilities, { method: fit.method, uniform })
  return [...scores.keys()]
    .filter(label => scores[label]! <= fit.cutoffs[label]!)
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
}

function cutoffOf(scores: number[], alpha: number): number {
  const place = Math.ceil((scores.length + 1) * (1 - alpha) - 1e-9) // (n + 1)(1 − α) may be whole but for rounding
  return scores.sort((a, b) => a - b)[place - 1] ?? Number.POSITIVE_INFINITY
}

function rowOf(values: ArrayLike<number>, record: number, classes: number): Float64Array {
  return Float64Array.from({ length: classes }, (_, k) => values[record * classes + k]!)
}
