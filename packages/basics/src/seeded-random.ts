import { createRandom } from './random.ts'

/**
 * Draws by several laws from the repeatable generator, for demonstrations and tests. Not for keys, masks or noise: they
 * can be predicted.
 */
export interface SeededRandom {
  /** Uniform in (0, 1). */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** The logarithm of a draw from Gamma(shape, 1), so that tiny shapes do not vanish in 0. */
  logGamma(shape: number): number
  /** Puts the items into a random order, in place. */
  shuffle(items: number[]): void
}

/** Equal seeds (integers, of which the low 32 bits count) give equal numbers on every machine. */
export function createSeededRandom(seed: number): SeededRandom {
  const { bits } = createRandom(seed)
  const uniform = (): number => (bits() + 0.5) / 2 ** 32
  /** Box, Muller 1958. */
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  /** Marsaglia, Tsang 2000; shapes below 1 by Gamma(a) = Gamma(a + 1) · U^(1/a) (section 6). */
  const logGamma = (shape: number): number => {
    if (shape < 1) return logGamma(shape + 1) + Math.log(uniform()) / shape
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const v = (1 + c * x) ** 3
      if (v > 0 && Math.log(uniform()) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v)
    }
  }
  return {
    uniform,
    normal,
    logGamma,
    shuffle(items) {
      for (let last = items.length - 1; last > 0; last--) {
        const other = Math.floor(uniform() * (last + 1))
        const item = items[last]!
        items[last] = items[other]!
        items[other] = item
      }
    },
  }
}
