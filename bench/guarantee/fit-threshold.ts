import assert from 'node:assert/strict'
import { binomialAtMost, checkPromise, errorFreeLabelsNeeded, type GatePromise } from '@consort/agents'
import { Refusal } from '@consort/protocol'
import { riskBound } from './risk-bound.ts'

/** From which confidence on an agent may answer alone. `answered` and `wrong` count calibration records. */
export type Gate =
  | {
      readonly kind: 'open'
      /** Answers are allowed at this confidence and above. */
      readonly threshold: number
      readonly answered: number
      readonly wrong: number
      /** Of the calibration records, answered alone. */
      readonly share: number
      /** Clopper–Pearson at this threshold, at most α: how near the last test was. The promise is α, not this. */
      readonly bound: number
    }
  | {
      readonly kind: 'closed'
      /** The strictest threshold, and what was seen there. */
      readonly threshold: number
      readonly answered: number
      readonly wrong: number
      /** Further labels at or above it, all right, that would have opened the gate there; for planning. */
      readonly labelsNeeded: number
    }

export interface CalibrationRecords {
  /** n confidences; any score will do, the larger the surer. */
  readonly confidences: ArrayLike<number>
  /** Whether the adjudicated label says that the answer was wrong. */
  readonly isWrong: ArrayLike<boolean>
}

/**
 * The loosest threshold t for which P(wrong | confidence ≥ t) ≤ α is shown, with probability ≥ 1 − δ over the records:
 * Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei 2021) with fixed-sequence testing, at one look. Throws
 * `input-invalid` for α or δ outside (0, 1) or when there is no threshold.
 *
 * Proof. Let R(t) = P(wrong | confidence ≥ t). The records are i.i.d. and t is fixed. Given which of them lie at or
 * above t (a fact about confidences alone), these m are i.i.d. from what lies there, so that their errors E are
 * Binomial(m, R(t)), however many m turned out to be. Where R(t) > α, therefore, the p-value P(Binomial(m, α) ≤ E) is ≤
 * δ with probability ≤ δ: given every m, hence altogether. Walk the thresholds from the strictest and stop at the first
 * that is not rejected: the promise breaks only if the first t with R(t) > α is rejected, and that is one fixed test.
 * Many thresholds cost nothing, and it does not matter that the tests depend on each other.
 *
 * What it needs:
 * - `thresholds` fixed without these records: round numbers, or quantiles of other confidences (`candidateThresholds`).
 *   Quantiles of these records do not use their labels either, but who the first bad threshold is then depends on who
 *   lies above it, and the errors given that are not Binomial(m, R(t)). The promise still holds if R never falls as t
 *   does: given how many lie above the place where R crosses α, each of these, and each further one, is wrong with
 *   probability ≥ α.
 * - Nothing else chosen by these labels: neither model nor temperature.
 * - One look: fitting again with more labels spends another δ.
 * - Every case at or above t is answered. Where costs or draws decide among them, give only the records that
 *   `chooseAction`, not knowing the label, would have answered: else the promise is about other cases.
 */
export function fitThreshold(
  records: CalibrationRecords,
  { thresholds, alpha, delta }: GatePromise & { readonly thresholds: readonly number[] },
): Gate {
  checkPromise({ alpha, delta })
  const strictest = Math.max(...thresholds)
  if (thresholds.length === 0 || Number.isNaN(strictest)) {
    throw new Refusal('input-invalid', 'There is no threshold to test', {
      hint: 'Give round numbers, or quantiles of confidences of other records.',
    })
  }
  let open: Gate | undefined
  for (const threshold of [...new Set(thresholds)].sort((a, b) => b - a)) {
    const { answered, wrong } = countAt(records, threshold)
    if (binomialAtMost(wrong, { n: answered, p: alpha }) > delta) break
    const share = answered / records.confidences.length
    open = { kind: 'open', threshold, answered, wrong, share, bound: riskBound({ wrong, answered }, delta) }
  }
  if (open) return open
  const counts = countAt(records, strictest)
  const labelsNeeded = errorFreeLabelsNeeded(counts, { alpha, delta })
  return { kind: 'closed', threshold: strictest, ...counts, labelsNeeded }
}

function countAt({ confidences, isWrong }: CalibrationRecords, threshold: number) {
  assert.equal(confidences.length, isWrong.length)
  let [answered, wrong] = [0, 0]
  for (let index = 0; index < confidences.length; index++) {
    if (!(confidences[index]! >= threshold)) continue // NaN is never sure
    answered++
    if (isWrong[index]!) wrong++
  }
  return { answered, wrong }
}
