import { Refusal } from '@consort/protocol'

/** Inputs are 16-bit: 0 … 65535. */
export const inputMax = 2 ** 16 - 1

/**
 * Bits of the ring that masks live in: 16 + ⌈log₂ n⌉ (n = 4: 18, n = 10: 20, n = 100: 23). The sum of n inputs is at
 * most n · 65535 < 2^bits, so it cannot wrap, whatever the values: they are clipped before they are rounded. Noise that
 * was added before the clip, as a node's own differential privacy is, changes nothing of that.
 */
export function ringBits(members: number): number {
  return 16 + Math.ceil(Math.log2(members))
}

/** Bytes of `values` ring elements, packed without gaps. */
export function packedBytes(values: number, bits: number): number {
  return Math.ceil((values * bits) / 8)
}

/**
 * An upper bound on the probability that any of `values` sums leaves the ring, if each of `members` adds integer noise
 * of deviation `noiseDeviation` (in steps of the 16-bit grid, sub-Gaussian, mean zero) after rounding. Without noise it
 * is 0.
 *
 * The inputs take 0 … n·65535; they stand `margin` = ⌊(2^bits − 1 − n·65535) / 2⌋ above zero, so as much is left on
 * both sides. By the Chernoff bound for sub-Gaussian sums P(|Z| > margin) ≤ 2·exp(−margin² / (2 n σ²)), and by the
 * union bound `values` times that. Throws `input-invalid` for what is no number of members, bits, values, or deviation.
 */
export function wrapBound({
  members,
  bits,
  values,
  noiseDeviation,
}: {
  members: number
  bits: number
  values: number
  noiseDeviation: number
}): number {
  if (!(members >= 1 && bits >= 16 && bits <= 32 && values >= 1 && noiseDeviation >= 0)) {
    throw new Refusal('input-invalid', 'The ring, the members or the noise are out of range')
  }
  const room = 2 ** bits - 1 - members * inputMax
  if (room < 0) return 1
  if (noiseDeviation === 0) return 0
  const margin = Math.floor(room / 2)
  return Math.min(1, 2 * values * Math.exp(-(margin ** 2) / (2 * members * noiseDeviation ** 2)))
}
