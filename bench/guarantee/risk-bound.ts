import assert from 'node:assert/strict'
import { binomialAtMost } from '@consort/agents'

/**
 * The exact upper confidence bound on a share of errors, from `wrong` errors among `answered` independent cases: the
 * true share lies below it with probability ≥ 1 − δ (Clopper, Pearson 1934, one-sided). It is the share r with
 * P(Binomial(answered, r) ≤ wrong) = δ: it lies below α exactly when the binomial test rejects "the share is α".
 * Returns a share in (0, 1]; 1 without cases, or when all are wrong. 0 < δ < 1.
 */
export function riskBound({ wrong, answered }: { wrong: number; answered: number }, delta: number): number {
  assert.ok(delta > 0 && delta < 1 && wrong >= 0 && wrong <= answered)
  if (wrong === answered) return 1
  if (wrong === 0) return -Math.expm1(Math.log(delta) / answered)
  let [low, high] = [wrong / answered, 1]
  while (high - low > 1e-15 * high) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (binomialAtMost(wrong, { n: answered, p: middle }) > delta) low = middle
    else high = middle
  }
  return high
}
