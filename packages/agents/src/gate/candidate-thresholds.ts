import { Refusal } from '@consort/protocol'
import { checkPromise, type GatePromise } from './gate-promise.ts'
import { errorFreeLabelsNeeded } from './labels-needed.ts'

/**
 * Thresholds to test, as quantiles of the confidences of *other* records than those that calibrate: past
 * questions will do, since no label is looked at. `records` is how many will calibrate. The strictest lets about three
 * times as many through as an error-free gate needs, because testing ends at the first failure: with twice as many, a
 * gate for α = δ = 0.1 over cases that are wrong in 2 % opened in 73 % of the simulations, with three times in 89 %.
 * From there the shares grow in `count` − 1 equal ratios to all. Returns different thresholds, the strictest first.
 * Throws `input-invalid` without confidences.
 */
export function candidateThresholds(
  confidences: ArrayLike<number>,
  { records, count = 25, ...promise }: GatePromise & { readonly records: number; readonly count?: number },
): number[] {
  checkPromise(promise)
  const sorted = Float64Array.from(confidences)
    .filter(confidence => !Number.isNaN(confidence))
    .sort()
    .reverse()
  if (sorted.length === 0) {
    throw new Refusal('input-invalid', 'There is no confidence to take thresholds from', {
      hint: 'Let the model judge some unlabelled cases first, or give round numbers as thresholds.',
    })
  }
  const least = errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, promise)
  const strictest = Math.min(1, (3 * least) / records)
  const thresholds = Array.from({ length: count }, (_, step) => {
    const share = strictest ** (1 - step / Math.max(1, count - 1))
    return sorted[Math.min(sorted.length, Math.ceil(share * sorted.length)) - 1]!
  })
  return [...new Set(thresholds)]
}
