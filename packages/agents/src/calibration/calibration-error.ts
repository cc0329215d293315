import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/**
 * Expected calibration error: the mean distance between confidence and accuracy over `bins` bins that hold equally many
 * records (or one more), as a share between 0 and 1 (Guo et al. 2017, equation 3; bins of equal mass as in Nixon et al.
 * 2019, since almost all confidences lie near 1). `confidences` are the probabilities of the predicted classes. Records
 * of equal confidence share their accuracy evenly, so that the order of the records does not matter. Throws
 * `input-invalid` without records. It is biased upwards: with few records per bin even a calibrated model shows some.
 */
export function expectedCalibrationError(
  confidences: ArrayLike<number>,
  isRight: ArrayLike<boolean>,
  bins = 15,
): number {
  const count = confidences.length
  assert.ok(isRight.length === count && bins >= 1)
  if (count === 0) {
    throw new Refusal('input-invalid', 'There is no labelled record to judge the calibration by', {
      hint: 'Label cases of the role test first.',
    })
  }
  const gaps = sortedGaps(confidences, isRight)
  let error = 0
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.floor((bin * count) / bins)
    const to = Math.floor(((bin + 1) * count) / bins)
    let sum = 0
    for (let index = from; index < to; index++) sum += gaps[index]!
    error += Math.abs(sum) / count
  }
  return error
}

/** Confidence less accuracy per record, by ascending confidence; the accuracy is that of all of equal confidence. */
function sortedGaps(confidences: ArrayLike<number>, isRight: ArrayLike<boolean>): Float64Array {
  const order = Array.from(confidences, (_, index) => index).sort((a, b) => confidences[a]! - confidences[b]!)
  const gaps = new Float64Array(order.length)
  for (let from = 0, to = 0; from < order.length; from = to) {
    const confidence = confidences[order[from]!]!
    let right = 0
    for (; to < order.length && confidences[order[to]!] === confidence; to++)
      right += isRight[order[to]!] ? 1 : 0
    gaps.fill(confidence - right / (to - from), from, to)
  }
  return gaps
}
