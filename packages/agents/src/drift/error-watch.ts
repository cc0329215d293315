import assert from 'node:assert/strict'
import { z } from 'zod'

/** Wealth of bets that answers have become wrong more often than α; plain JSON, kept beside the guarantee. */
export interface ErrorWatch {
  readonly alpha: number
  /** How often the watch may fire, ever, while the promise holds; 0 < δ < 1. */
  readonly delta: number
  readonly labels: number
  /** One for each stake; all starting points so far together. */
  readonly wealth: readonly number[]
  readonly hasFired: boolean
}

/** How it is kept as JSON. */
export const errorWatchSchema = z.object({
  alpha: z.number(),
  delta: z.number(),
  labels: z.int(),
  wealth: z.array(z.number()),
  hasFired: z.boolean(),
}) satisfies z.ZodType<ErrorWatch>

/** Stakes: the best one is about (true risk − α) / α while α is small, and nobody knows how bad it will get. */
const stakes = [0.5, 1, 2, 4]

/** A watch that has seen no answer yet. */
export function startErrorWatch({ alpha, delta }: { alpha: number; delta: number }): ErrorWatch {
  assert.ok(alpha > 0 && alpha < 1 && delta > 0 && delta < 1)
  return { alpha, delta, labels: 0, wealth: stakes.map(() => 0), hasFired: false }
}

/**
 * Takes in one spot-checked answer, in the order of the cases. A test martingale for "at each label so far, P(wrong) ≤
 * α for an answered case": before each label some money is put down, staked from there on, and multiplied by 1 + s · w
 * · (wrong − α) at each label, s the stake and w = propensityLeast / propensity. The rest lies idle. Under the
 * hypothesis no factor's mean exceeds 1 whenever it is that a bet begins, so that the sum is a non-negative
 * supermartingale that starts at 1, and reaches 1/δ with probability ≤ δ, ever (Ville 1939). Bets that begin late have
 * lost nothing in the good times before: so it finds a change that comes late.
 *
 * It does not find it at once: see docs/guarantees.md for how many labels it took.
 */
export function watchAnswer(
  watch: ErrorWatch,
  { isWrong, propensity, propensityLeast }: { isWrong: boolean; propensity: number; propensityLeast: number },
): ErrorWatch {
  assert.ok(0 < propensityLeast && propensityLeast <= propensity && propensity <= 1)
  const { alpha, delta, labels } = watch
  const excess = (propensityLeast / propensity) * ((isWrong ? 1 : 0) - alpha)
  const fresh = idleAfter(labels) - idleAfter(labels + 1)
  const wealth = watch.wealth.map(
    (old, index) => (old + fresh) * (1 + Math.min(stakes[index]!, 0.5 / alpha) * excess),
  )
  const mean = wealth.reduce((sum, one) => sum + one, 0) / wealth.length
  const hasFired = watch.hasFired || mean + idleAfter(labels + 1) >= 1 / delta
  return { ...watch, labels: labels + 1, wealth, hasFired }
}

/**
 * What has not been put down after so many labels: it falls so slowly that late starts get nearly as much as early
 * ones.
 */
export function idleAfter(labels: number): number {
  return Math.log(10) / Math.log(10 + labels)
}
