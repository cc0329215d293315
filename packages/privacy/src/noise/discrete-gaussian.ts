import type { Entropy } from '@consort/protocol'
import { checkScale, discreteLaplace } from './discrete-laplace.ts'
import { type Fraction, fractionOf, isChanceOfExponential } from './exact-chance.ts'

/**
 * Draws k with P(k) ∝ e^(−k²/2σ²), exactly (Canonne, Kamath, Steinke 2020, algorithm 3): added to whole numbers of L2
 * sensitivity Δ it loses what `gaussianLoss(σ/Δ)` says. Deviation σ between 10⁻³ and 2⁴⁰ (else
 * `privacy-parameters-invalid`). For statistics: a draw takes about 0.1 ms; training has a kernel of its own. Not in
 * constant time: do not let others measure how long a release takes.
 */
export function drawDiscreteGaussian({
  deviation,
  entropy,
}: {
  deviation: number
  entropy: Entropy
}): number {
  checkScale(deviation)
  const { numerator, denominator } = fractionOf(deviation)
  return Number(discreteGaussian({ numerator: numerator ** 2n, denominator: denominator ** 2n }, entropy))
}

/** From a discrete Laplace of scale t = ⌊σ⌋ + 1, kept with probability e^(−(|k| − σ²/t)²/2σ²). */
function discreteGaussian(variance: Fraction, entropy: Entropy): bigint {
  const { numerator, denominator } = variance
  const t = wholeRoot(numerator / denominator) + 1n
  for (;;) {
    const k = discreteLaplace({ numerator: t, denominator: 1n }, entropy)
    const size = k < 0n ? -k : k
    // (|k| − n/dt)² / (2n/d) = (|k|·dt − n)² / (2·n·d·t²)
    const exponent = {
      numerator: (size * denominator * t - numerator) ** 2n,
      denominator: 2n * numerator * denominator * t ** 2n,
    }
    if (isChanceOfExponential(exponent, entropy)) return k
  }
}

/** ⌊√n⌋ by Newton's method from above. */
function wholeRoot(n: bigint): bigint {
  if (n === 0n) return 0n
  let root = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (;;) {
    const next = (root + n / root) / 2n
    if (next >= root) return root
    root = next
  }
}
