import type { Entropy } from '@consort/protocol'
import { createGaussianSteps, stepsMax } from './gaussian-steps.ts'
import { noiseGrid } from './noise-grid.ts'

/** Gaussian noise for differentially private training. */
export interface GaussianNoise {
  /**
   * Snaps each value to the nearest point of `noiseGrid(deviation)` and adds noise of that deviation on the same grid,
   * in place; `target` may lie in a WebAssembly memory. Every result is a multiple of the granularity, rounded to
   * float32 after the noise. Values are finite and below 2²⁸ deviations; deviation is in their units, 10⁻²⁰ … 10²⁰
   * (else `input-invalid`).
   */
  add(target: Float32Array, deviation: number): void
}

/**
 * Without `entropy` (for tests) the randomness is the operating system's, never a recipe's seed.
 *
 * Why it is the Gaussian mechanism: on the grid, sums are whole numbers, and n + Z with Z = round(N(0, s²)) is
 * round(n + N(0, s²)): rounding after the noise, which costs no privacy and leaves no gaps between float32 numbers to
 * read values from (Mironov 2012). Z is drawn as a·X₁ + X₂ from one table of discrete Gaussians (Micciancio, Walter
 * 2017). docs/differential-privacy.md adds up what the difference to the exact distribution costs.
 *
 * 1.39 million values take 8 … 10 ms on a quiet core; Box and Muller's method 34 ms.
 */
export function createGaussianNoise({ entropy }: { entropy?: Entropy } = {}): GaussianNoise {
  const source = createGaussianSteps(entropy)
  return {
    add(target, deviation) {
      const { granularity, coarse } = noiseGrid(deviation)
      for (let start = 0; start < target.length; start += stepsMax) {
        const values = target.subarray(start, start + stepsMax)
        addSteps(values, source.draw(values.length, coarse), granularity)
      }
      source.wipe()
    },
  }
}

/** Adding and taking off 1.5 · 2⁵² rounds a double below 2⁵¹ to a whole number, faster than Math.round. */
const roundingShift = 1.5 * 2 ** 52

function addSteps(values: Float32Array, steps: Int32Array, granularity: number): void {
  const perStep = 1 / granularity
  for (let index = 0; index < values.length; index++) {
    values[index] = (values[index]! * perStep + roundingShift - roundingShift + steps[index]!) * granularity
  }
}
