import assert from 'node:assert/strict'
import { binomialAtMost } from './binomial.ts'
import { leastNumber } from './least-number.ts'

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

/**
 * How many further labels, all of them right, would bring the bound down to α: the least m with P(Binomial(answered +
 * m, α) ≤ wrong) ≤ δ. Without any label so far it is ⌈ln δ / ln(1 − α)⌉, e.g. 59 for α = δ = 0.05. 0 when the bound is
 * there already.
 */
export function errorFreeLabelsNeeded(
  { wrong, answered }: { wrong: number; answered: number },
  { alpha, delta }: { alpha: number; delta: number },
): number {
  const isEnough = (more: number): boolean => binomialAtMost(wrong, { n: answered + more, p: alpha }) <= delta
  return isEnough(0) ? 0 : leastNumber(isEnough)
}
