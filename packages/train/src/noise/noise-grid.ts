import { Refusal } from '@consort/protocol'
import { tableDeviation } from './gaussian-table.ts'

/** The whole multiples of `granularity` that values are snapped to, and the noise on them: a·X₁ + X₂ steps. */
export interface NoiseGrid {
  /** A power of two, so that going to the grid and back is exact. */
  readonly granularity: number
  /** a: how many steps one step of the coarse draw X₁ is; 768 … 1536. */
  readonly coarse: number
  /** Of the noise, in the units of the values: what was asked for or up to 0.14 % more, never less. */
  readonly deviation: number
}

/**
 * a is at most s/2 = 1536, because then X₂ covers the gaps of a·X₁: the distribution of the sum differs from a
 * discrete Gaussian of deviation s·√(a²+1) by a factor within 1 ± 4·exp(−2π²s²/(1+a²)) = 1 ± 2⁻¹¹¹ at each point
 * (Peikert 2010, theorem 3.1; Micciancio, Walter 2017).
 */
const coarseMax = tableDeviation / 2

/**
 * The finest grid for noise of `deviation` (10⁻²⁰ … 10²⁰, else `input-invalid`): deviation/granularity is between
 * 2^21.1 and 2^22.2.
 */
export function noiseGrid(deviation: number): NoiseGrid {
  if (!(deviation >= 1e-20 && deviation <= 1e20)) {
    throw new Refusal('input-invalid', `Noise cannot have a deviation of ${deviation}`, {
      hint: 'Choose a clipping norm and a noise multiplier of ordinary size, both above zero.',
    })
  }
  const steps = tableDeviation * Math.hypot(coarseMax, 1)
  let granularity = 2 ** Math.ceil(Math.log2(deviation / steps))
  if (granularity * steps < deviation) granularity *= 2 // the logarithm was rounded down across a whole number
  const coarse = Math.ceil(Math.sqrt((deviation / granularity / tableDeviation) ** 2 - 1))
  return { granularity, coarse, deviation: granularity * tableDeviation * Math.hypot(coarse, 1) }
}

/**
 * The noise multiplier to account for: the noise that is really added over how far one example can really move the
 * sum. Snapping the `size` coordinates of a sum of vectors with norm ≤ `clip` moves two neighbouring sums apart by up
 * to g·√size more (each coordinate by less than g; Kairouz, Liu, Steinke 2021 treat rounding at random): about
 * 0.03 … 0.06 % · σ for a million coordinates. Arithmetic in float32 on the way to the sum is taken as exact.
 */
export function accountedMultiplier(of: { multiplier: number; clip: number; size: number }): number {
  const { granularity, deviation } = noiseGrid(of.multiplier * of.clip)
  // The discrete Gaussian stands for a rounded continuous one of 1/12 less variance, in steps.
  const continuous = granularity * Math.sqrt((deviation / granularity) ** 2 - 1 / 12)
  return continuous / (of.clip + granularity * Math.sqrt(of.size))
}
