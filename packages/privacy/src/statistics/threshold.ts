import { Refusal } from '@consort/protocol'

/** What may be learnt of one record by which categories are named. */
export interface CategoryPrivacy {
  readonly epsilon: number
  readonly delta: number
  /** How many partners' noise is in each count; 1 when absent. */
  readonly noises?: number
}

/**
 * The noisy count from which a category may be named: the least integer τ with P(1 + Z ≥ τ) ≤ δ, where Z is discrete
 * Laplace noise of scale 1/ε, P(Z = z) ∝ exp(−ε|z|). With α = exp(−ε), P(Z ≥ t) = αᵗ / (1 + α) for t ≥ 1. A category
 * that one record alone has is so named with probability ≤ δ, and naming is (ε, δ)-differentially private when a record
 * has one category (Korolova, Kenthapadi, Mishra, Ntoulas 2009, WWW, for one item a user; Wilson et al. 2020, PoPETs
 * 2020(2), with the threshold at δ). It is the record that is protected: a person with m records is m times as visible.
 * Under the noise of several partners the tail of the sum is bounded by Chernoff: P(ΣZ ≥ t) ≤ M(s)ⁿ e^(−st) for 0 < s <
 * ε, with M(s) = (1 − α)² / ((1 − αeˢ)(1 − αe⁻ˢ)). At least 2. Throws `input-invalid` for ε ≤ 0 or δ outside (0, 1/2).
 */
export function namingThreshold({ epsilon, delta, noises = 1 }: CategoryPrivacy): number {
  if (!(epsilon > 0 && delta > 0 && delta < 0.5)) {
    throw new Refusal('input-invalid', `There is no threshold for ε = ${epsilon} and δ = ${delta}`, {
      hint: 'ε is greater than 0, δ small, e.g. 1e-6.',
    })
  }
  if (noises > 1) return 1 + excessOfMany({ epsilon, delta, noises })
  const tail = (t: number): number => Math.exp(-epsilon * t) / (1 + Math.exp(-epsilon))
  let excess = Math.max(1, Math.floor(-Math.log(delta * (1 + Math.exp(-epsilon))) / epsilon))
  while (tail(excess) > delta) excess++
  return 1 + excess
}

/** The bound is least somewhere between 0 and ε; a place nearby holds as well. */
const places = 1000

function excessOfMany({ epsilon, delta, noises }: Required<CategoryPrivacy>): number {
  let least = Number.POSITIVE_INFINITY
  for (let place = 1; place < places; place++) {
    const s = (epsilon * place) / places
    const logM = 2 * log1mexp(epsilon) - log1mexp(epsilon - s) - log1mexp(epsilon + s)
    least = Math.min(least, (noises * logM - Math.log(delta)) / s)
  }
  return Math.max(1, Math.ceil(least))
}

/** log(1 − e^(−x)). */
function log1mexp(x: number): number {
  return Math.log(-Math.expm1(-x))
}
