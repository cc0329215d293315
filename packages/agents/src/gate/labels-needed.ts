import { binomialAtMost } from './binomial.ts'
import { leastNumber } from './least-number.ts'

/**
 * How many further labels, all of them right, would show with probability ≥ 1 − δ that the share of errors is at most
 * α: the least m with P(Binomial(answered + m, α) ≤ wrong) ≤ δ. Without any label so far it is ⌈ln δ / ln(1 − α)⌉, e.g.
 * 59 for α = δ = 0.05. 0 when they show it already.
 */
export function errorFreeLabelsNeeded(
  { wrong, answered }: { wrong: number; answered: number },
  { alpha, delta }: { alpha: number; delta: number },
): number {
  const isEnough = (more: number): boolean => binomialAtMost(wrong, { n: answered + more, p: alpha }) <= delta
  return isEnough(0) ? 0 : leastNumber(isEnough)
}
