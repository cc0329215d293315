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
