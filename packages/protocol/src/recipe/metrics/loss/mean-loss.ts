import type { LossKind } from '../../loss.ts'
import type { Metric, Scored } from '../metric.ts'

/**
 * The mean of the loss that the recipe minimises: in nats for classes, without a unit for their squared error, in
 * squared units for numbers.
 */
export const meanLoss: Metric = {
  appliesTo: () => true,
  sumsOf: records => Float64Array.of(lossOver(records.loss, records), records.labels.length),
  valueOf: ([sum, records]) => sum! / records!,
}

function lossOver(kind: LossKind, { scores, outputs, labels }: Scored): number {
  let sum = 0
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    if (kind === 'cross-entropy')
      sum += negativeLogLikelihood(scores.subarray(row * outputs, (row + 1) * outputs), label)
    else if (kind === 'squared-error')
      sum += squaredDistance(scores.subarray(row * outputs, (row + 1) * outputs), label)
    else if (kind === 'binary-cross-entropy') sum += logOnePlusExp(scores[row]!) - label * scores[row]!
    else sum += (scores[row]! - label) ** 2
  }
  return sum
}

function negativeLogLikelihood(logits: Float32Array, label: number): number {
  const largest = logits.reduce((max, logit) => Math.max(max, logit), Number.NEGATIVE_INFINITY)
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)
  return largest + Math.log(total) - logits[label]!
}

function squaredDistance(logits: Float32Array, label: number): number {
  return logits.reduce((sum, _, column) => {
    const probability = Math.exp(-negativeLogLikelihood(logits, column))
    return sum + (probability - (column === label ? 1 : 0)) ** 2
  }, 0)
}

function logOnePlusExp(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}
