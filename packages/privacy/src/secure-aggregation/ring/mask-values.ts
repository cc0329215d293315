import { blockValues, type Mask, openKeystream, openMasks } from './keystream.ts'
import { packInto } from './pack.ts'
import { type QuantiseRules, quantise } from './quantise.ts'
import { packedBytes } from './ring.ts'

export interface MaskedValues {
  /** Packed ring elements, ⌈values · bits / 8⌉ bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** How many values lay beyond the clip. Stays at home: it is no part of any message. */
  readonly clipped: number
}

/**
 * Rounds, masks and packs an update block by block, so that each block stays in the cache while all masks are added.
 * `rounding` keys the random rounding. Throws as `quantise` does.
 */
export function maskValues(
  update: Float32Array,
  {
    masks,
    rounding,
    bits,
    rules,
  }: { masks: readonly Mask[]; rounding: Uint8Array; bits: number; rules: QuantiseRules },
): MaskedValues {
  const bytes = new Uint8Array(packedBytes(update.length, bits))
  const packer = packInto(bytes, bits)
  const [streams, random] = [openMasks(masks), openKeystream(rounding)]
  const memory = new Uint32Array(Math.min(blockValues, update.length))
  let clipped = 0
  for (let start = 0; start < update.length; start += blockValues) {
    const values = update.subarray(start, start + blockValues)
    const block = memory.subarray(0, values.length)
    clipped += quantise(values, rules, { into: block, random: random(block.length) })
    streams.addTo(block)
    packer.add(block)
  }
  packer.finish()
  return { bytes, clipped }
}
