import assert from 'node:assert/strict'
import { descend, type Loss } from './descend.ts'
import { checkRecords, spread } from './labelled-logits.ts'
import type { Logits } from './logits.ts'
import { softmax } from './softmax.ts'

/** softmax(scale ⊙ z + bias): one number of each for every class. */
export interface VectorScaling {
  readonly scales: readonly number[]
  readonly biases: readonly number[]
}

export interface VectorScalingFit extends VectorScaling {
  /** Mean negative log-likelihood in nats, without scaling and with the fitted one, both without the penalty. */
  readonly lossBefore: number
  readonly loss: number
}

/**
 * Vector scaling (Guo, Pleiss, Sun, Weinberger 2017, section 4.2): 2k parameters that minimise the mean negative
 * log-likelihood of `labels` plus `penalty`/2 · (variance of the scales around their mean + mean square of the biases).
 * The penalty pulls towards one temperature, which stays free: with few labels a class then gets no more than its own
 * evidence. Convex. Throws `input-invalid` without records, `value-invalid` when a logit is not finite.
 */
export function fitVectorScaling(
  { logits, classes }: Logits,
  labels: ArrayLike<number>,
  { penalty = 0.01 }: { penalty?: number } = {},
): VectorScalingFit {
  assert.ok(penalty >= 0)
  checkRecords({ logits, classes }, labels)
  const size = spread(logits)
  const inUnits = { logits: Float64Array.from(logits, logit => logit / size), classes }
  const at = (parameters: Float64Array) => lossAt(inUnits, labels, { parameters, penalty })
  const start = new Float64Array(2 * classes).fill(size, 0, classes)
  const best = descend(start, at)
  const scales = Array.from(best.subarray(0, classes), scale => scale / size)
  return {
    scales,
    biases: [...best.subarray(classes)],
    lossBefore: at(start).plain,
    loss: at(best).plain,
  }
}

/** Probabilities of every record, n × k by rows. */
export function applyVectorScaling(
  { logits, classes }: Logits,
  { scales, biases }: VectorScaling,
): Float64Array {
  assert.ok(scales.length === classes && biases.length === classes && logits.length % classes === 0)
  const scaled = Float64Array.from(
    logits,
    (logit, index) => scales[index % classes]! * logit + biases[index % classes]!,
  )
  for (let start = 0; start < scaled.length; start += classes)
    softmax(scaled.subarray(start, start + classes))
  return scaled
}

interface PenalisedLoss extends Loss {
  /** Without the penalty. */
  readonly plain: number
}

function lossAt(
  { logits, classes }: Logits,
  labels: ArrayLike<number>,
  { parameters, penalty }: { parameters: Float64Array; penalty: number },
): PenalisedLoss {
  const slope = new Float64Array(2 * classes)
  const row = new Float64Array(classes)
  let plain = 0
  for (let record = 0; record < labels.length; record++) {
    const start = record * classes
    for (let k = 0; k < classes; k++) row[k] = parameters[k]! * logits[start + k]! + parameters[classes + k]!
    softmax(row)
    const label = labels[record]!
    plain -= Math.log(Math.max(row[label]!, Number.MIN_VALUE)) / labels.length
    for (let k = 0; k < classes; k++) {
      const excess = (row[k]! - (k === label ? 1 : 0)) / labels.length
      slope[k]! += excess * logits[start + k]!
      slope[classes + k]! += excess
    }
  }
  return { value: plain + penalise(parameters, slope, { classes, penalty }), plain, slope }
}

/** Adds the penalty's slope and returns its value. */
function penalise(
  parameters: Float64Array,
  slope: Float64Array,
  { classes, penalty }: { classes: number; penalty: number },
): number {
  const mean = parameters.subarray(0, classes).reduce((sum, scale) => sum + scale, 0) / classes
  let squares = 0
  for (let index = 0; index < 2 * classes; index++) {
    const off = parameters[index]! - (index < classes ? mean : 0)
    squares += off * off
    slope[index]! += (penalty * off) / classes
  }
  return (penalty * squares) / (2 * classes)
}
