import type { Entropy } from '@consort/protocol'

/** A number ≥ 0 as a fraction of whole numbers; the denominator is above zero. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** A double as the fraction that it is. */
export function fractionOf(value: number): Fraction {
  let [scaled, denominator] = [value, 1n]
  while (!Number.isInteger(scaled)) [scaled, denominator] = [scaled * 2, denominator * 2n]
  return { numerator: BigInt(scaled), denominator }
}

/** Uniform on 0 … below − 1, exactly: what does not divide evenly is drawn again. */
export function uniformBelow(below: bigint, entropy: Entropy): bigint {
  if (below === 1n) return 0n
  const bits = (below - 1n).toString(2).length
  const bytes = Math.ceil(bits / 8)
  const mask = (1n << BigInt(bits)) - 1n
  for (;;) {
    let drawn = 0n
    for (const byte of entropy.bytes(bytes)) drawn = (drawn << 8n) | BigInt(byte)
    drawn &= mask
    if (drawn < below) return drawn
  }
}

/** True with probability e^(−x), exactly and without computing it (Canonne, Kamath, Steinke 2020, algorithm 1). */
export function isChanceOfExponential(x: Fraction, entropy: Entropy): boolean {
  const { numerator, denominator } = x
  for (let whole = numerator / denominator; whole > 0n; whole--) {
    if (!isBelowOne({ numerator: 1n, denominator: 1n }, entropy)) return false
  }
  return isBelowOne({ numerator: numerator % denominator, denominator }, entropy)
}

/**
 * The same for x ≤ 1: the length of a run of successes with chances x/1, x/2, x/3, … is even with probability e^(−x).
 */
function isBelowOne({ numerator, denominator }: Fraction, entropy: Entropy): boolean {
  let isEven = true
  for (let k = 1n; uniformBelow(k * denominator, entropy) < numerator; k++) isEven = !isEven
  return isEven
}
