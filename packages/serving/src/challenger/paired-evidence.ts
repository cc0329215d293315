import assert from 'node:assert/strict'

/** Labelled cases on which two versions differ: one of them is right and the other one wrong. */
export interface Discordances {
  /** Only the challenger is right. */
  readonly better: number
  /** Only the champion is right. */
  readonly worse: number
}

/**
 * How strongly labelled cases speak for a challenger's being worse: an e-process, at least 0, 1 before the first label.
 * If the challenger is no worse (of the cases on which the two differ it is wrong in at most half, whatever came
 * before), the chance that it ever reaches 1/δ, at whatever moment one looks, is at most δ (Ville's inequality).
 *
 * It is the capital of a gambler who bets on `worse` at a fixed odds 2p, averaged over all p in [1/2, 1]: E = 2 ∫
 * (2p)^w (2(1 − p))^b dp = Σ_{k ≤ w} C(n + 1, k) / ((n + 1) · C(n, w)) with n = w + b (Robbins 1970; Ramdas et al.,
 * Statistical Science 2023, section 4). Cases on which both are right or both wrong change nothing, as in McNemar's
 * test.
 */
export function evidenceOfWorse({ better, worse }: Discordances): number {
  assert.ok(Number.isInteger(better) && Number.isInteger(worse) && better >= 0 && worse >= 0)
  const count = better + worse
  // From the largest term down: C(n + 1, k − 1) = C(n + 1, k) · k / (n + 2 − k).
  let term = (count + 1) / (better + 1) // C(n + 1, w) / C(n, w)
  let sum = 0
  for (let k = worse; k >= 0; k--) {
    sum += term
    term *= k / (count + 2 - k)
  }
  return sum / (count + 1)
}

/** From here on a challenger is withdrawn: one that is no worse meets this in at most one trial of a hundred. */
export const evidenceEnough = 100
