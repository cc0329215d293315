import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/** Where one feature stands in the encoded input: `width` numbers from `offset` on (several where it is one-hot). */
export interface FeatureSlice {
  readonly name: string
  readonly offset: number
  readonly width: number
}

/**
 * Judges `rows` inputs at once, by rows in `batch`: their logits, rows × k by rows, k ≥ 2; natural logarithms of
 * probabilities will do as well.
 */
export type ScoreBatch = (batch: Float32Array, rows: number) => PromiseLike<ArrayLike<number>>

export interface Explanation {
  /** The class with the largest logit, and its log-odds against all others. */
  readonly answered: number
  readonly logOdds: number
  /** The largest |change| first, ties in the order given. */
  readonly features: readonly { readonly name: string; readonly change: number }[]
}

/**
 * What each feature did for the answer on one record: `change` is the log-odds of the answered class less what it is
 * with the feature's slice taken from `baseline` (an input of the same length: the mean, or what encodes "missing").
 * Positive speaks for the answer. All variants go into one call of `score`. Occlusion after Zeiler, Fergus 2014,
 * section 4.2; as a difference of log-odds ("weight of evidence") after Robnik-Šikonja, Kononenko 2008, with one
 * baseline in place of their average over values. Throws `value-invalid` when a score is not finite.
 *
 * What it does not show: interactions. Of two features that say the same, each looks useless, because the other is
 * still there; changes do not add up to the log-odds; and each is relative to the baseline. It explains the model, not
 * the world.
 */
export async function explain(
  record: Float32Array,
  {
    baseline,
    features,
    score,
  }: { baseline: Float32Array; features: readonly FeatureSlice[]; score: ScoreBatch },
): Promise<Explanation> {
  assert.equal(baseline.length, record.length)
  const rows = features.length + 1
  const logits = await score(variantsOf(record, baseline, features), rows)
  const classes = logits.length / rows
  assert.ok(Number.isInteger(classes) && classes >= 2)
  const first = Array.from({ length: classes }, (_, index) => logits[index]!)
  const answered = first.indexOf(Math.max(...first))
  const logOdds = logOddsOf(logits, 0, { classes, answered })
  const changes = features.map(({ name }, index) => ({
    name,
    change: logOdds - logOddsOf(logits, index + 1, { classes, answered }),
  }))
  return { answered, logOdds, features: changes.sort((a, b) => Math.abs(b.change) - Math.abs(a.change)) }
}

/** The record, then the record without each feature. */
function variantsOf(
  record: Float32Array,
  baseline: Float32Array,
  features: readonly FeatureSlice[],
): Float32Array {
  const width = record.length
  const batch = new Float32Array(width * (features.length + 1))
  for (let row = 0; row <= features.length; row++) batch.set(record, row * width)
  for (const [index, { offset, width: numbers }] of features.entries()) {
    assert.ok(offset >= 0 && numbers >= 1 && offset + numbers <= width)
    batch.set(baseline.subarray(offset, offset + numbers), (index + 1) * width + offset)
  }
  return batch
}

/** ln p / (1 − p) of one class under softmax: its logit less the log-sum-exp of the others. */
function logOddsOf(
  logits: ArrayLike<number>,
  row: number,
  { classes, answered }: { classes: number; answered: number },
): number {
  const others: number[] = []
  for (let index = 0; index < classes; index++) {
    if (index !== answered) others.push(logits[row * classes + index]!)
  }
  const largest = Math.max(...others)
  const sum = others.reduce((total, other) => total + Math.exp(other - largest), 0)
  const logOdds = logits[row * classes + answered]! - largest - Math.log(sum)
  if (Number.isFinite(logOdds)) return logOdds
  throw new Refusal('value-invalid', 'A score of the record, or of a variant of it, is not finite', {
    hint: 'Check that the baseline is an input that the model can judge.',
  })
}
