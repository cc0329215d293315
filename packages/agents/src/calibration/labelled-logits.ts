import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'
import type { Logits } from './logits.ts'

/** Throws `input-invalid` without records, `value-invalid` when a logit is not finite; wrong shapes are bugs. */
export function checkRecords({ logits, classes }: Logits, labels: ArrayLike<number>): void {
  if (labels.length === 0) {
    throw new Refusal('input-invalid', 'There is no labelled record to calibrate on', {
      hint: 'Label cases of the role calibrate first.',
    })
  }
  assert.ok(classes >= 2 && logits.length === labels.length * classes)
  for (let record = 0; record < labels.length; record++) {
    const label = labels[record]!
    assert.ok(Number.isInteger(label) && label >= 0 && label < classes)
  }
  for (let index = 0; index < logits.length; index++) {
    if (!Number.isFinite(logits[index])) {
      throw new Refusal('value-invalid', `A logit of record ${Math.floor(index / classes)} is not finite`, {
        hint: 'Where logits are logarithms of probabilities, put a floor under the probabilities, e.g. 1e-12.',
      })
    }
  }
}

/** Root of the mean square, so that steps are alike whatever unit the logits have; 1 where all are 0. */
export function spread(logits: ArrayLike<number>): number {
  let squares = 0
  for (let index = 0; index < logits.length; index++) squares += logits[index]! ** 2
  return Math.sqrt(squares / logits.length) || 1
}
