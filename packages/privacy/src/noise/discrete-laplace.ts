import { type Entropy, Refusal } from '@consort/protocol'
import { type Fraction, fractionOf, isChanceOfExponential, uniformBelow } from './exact-chance.ts'

/**
 * Draws k with P(k) ∝ e^(−|k|/scale), exactly (Canonne, Kamath, Steinke 2020, algorithm 2): added to a whole number of
 * sensitivity Δ it is (Δ/scale)-differentially private. Scale between 10⁻³ and 2⁴⁰ (else `privacy-parameters-invalid`).
 * Not in constant time: do not let others measure how long a release takes.
 */
export function drawDiscreteLaplace({ scale, entropy }: { scale: number; entropy: Entropy }): number {
  checkScale(scale)
  return Number(discreteLaplace(fractionOf(scale), entropy))
}

/** For a scale of numerator/denominator. */
function discreteLaplace({ numerator, denominator }: Fraction, entropy: Entropy): bigint {
  for (;;) {
    const part = uniformBelow(numerator, entropy)
    if (!isChanceOfExponential({ numerator: part, denominator: numerator }, entropy)) continue
    let whole = 0n
    while (isChanceOfExponential({ numerator: 1n, denominator: 1n }, entropy)) whole++
    const size = (part + numerator * whole) / denominator
    const isNegative = uniformBelow(2n, entropy) === 1n
    if (isNegative && size === 0n) continue // zero would come twice as often
    return isNegative ? -size : size
  }
}

/** Within these, draws fit into a double's whole numbers and take microseconds. */
function checkScale(scale: number): void {
  if (scale >= 1e-3 && scale <= 2 ** 40) return
  throw new Refusal('privacy-parameters-invalid', `Noise on whole numbers cannot have a scale of ${scale}`, {
    hint: 'Choose a scale between 0.001 and 2⁴⁰; a smaller one would be no noise at all.',
  })
}
