import { Refusal } from '@consort/protocol'
import { inputMax } from './ring.ts'

export interface QuantiseRules {
  /** Values lie in [−clip, clip]. */
  readonly clip: number
  /** weight / weightCap in (0, 1]: applied before rounding, so that the sum is of weighted values. */
  readonly scale: number
  /** What is done with a value beyond the clip: moved to it and counted, or refused. */
  readonly beyond: 'clip' | 'refuse'
}

/**
 * Rounds values to 0 … 65535 at random without bias: q = ⌊(v · scale + clip) / step + u⌋ with step = 2·clip / 65535 and
 * u uniform in [0, 1), 2⁻³² apart, so that E[q] · step − clip = v · scale up to 2⁻³³ of a step. Writes `into`, as long
 * as `values`; `random` has a word for each value, from a CSPRNG. Returns how many were clipped. Throws
 * `update-not-finite` for NaN and infinities, and `value-invalid` beyond the clip where that is refused.
 */
export function quantise(
  values: Float32Array,
  { clip, scale, beyond }: QuantiseRules,
  { into, random }: { into: Uint32Array; random: Uint32Array },
): number {
  const perUnit = inputMax / (2 * clip)
  const zero = inputMax / 2
  let [clipped, finite] = [0, 0]
  for (let index = 0; index < values.length; index++) {
    let value = values[index]!
    finite += value - value // 0, or NaN as soon as a value is not finite
    if (value > clip) {
      value = clip
      clipped++
    } else if (value < -clip) {
      value = -clip
      clipped++
    }
    // At the clip itself float64 may err by 1e-11, less than u stays below 1: nothing comes out above 65535.
    into[index] = (value * scale * perUnit + zero + random[index]! * 2 ** -32) | 0
  }
  if (finite !== 0) {
    throw new Refusal('update-not-finite', 'The update holds numbers that are not finite', {
      hint: 'The training diverged: lower the learning rate in the recipe.',
    })
  }
  if (clipped > 0 && beyond === 'refuse') {
    throw new Refusal('value-invalid', `${clipped} values of the update lie beyond ±${clip}`, {
      hint: 'Clip the update before it is masked, or agree on a wider range.',
    })
  }
  return clipped
}

/**
 * From the sum of quantised inputs to the weighted mean, sum · factor + offset: it is
 * (sum · step − members · clip) · weightCap / weightTotal, the weights being those of the members that are in the sum.
 */
export function dequantiser(of: { members: number; clip: number; weightCap: number; weightTotal: number }): {
  factor: number
  offset: number
} {
  const unscale = of.weightCap / of.weightTotal
  return { factor: ((2 * of.clip) / inputMax) * unscale, offset: -of.members * of.clip * unscale }
}
