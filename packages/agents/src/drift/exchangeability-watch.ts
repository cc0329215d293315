import assert from 'node:assert/strict'
import { z } from 'zod'

/**
 * Whether the cases still look like those before, by a score that needs no label: the model's confidence. Plain JSON.
 */
export interface ExchangeabilityWatch {
  /** How often it may fire, ever, while cases are exchangeable; 0 < δ < 1. */
  readonly delta: number
  /** How many of the scores so far fell into each of `bins` equal parts of [0, 1]. */
  readonly counts: readonly number[]
  readonly cases: number
  /** Wealth of the bets that p-values are small, even, large. */
  readonly wealth: readonly [small: number, even: number, large: number]
  readonly hasFired: boolean
}

/** Once the watch has fired, wealth may grow past all doubles, and JSON has no infinity. */
const wealthSchema = z
  .number()
  .nullable()
  .transform(wealth => wealth ?? Number.MAX_VALUE)

/** How it is kept as JSON. */
export const exchangeabilityWatchSchema = z.object({
  delta: z.number(),
  counts: z.array(z.int()),
  cases: z.int(),
  wealth: z.tuple([wealthSchema, wealthSchema, wealthSchema]),
  hasFired: z.boolean(),
}) satisfies z.ZodType<ExchangeabilityWatch>

/**
 * Scores are rounded to these, so that a case costs the same however many there were; whatever a score is made of,
 * exchangeable cases have exchangeable ones.
 */
const bins = 512

/** How steep a bet on p-values is, and the share of wealth that is spread evenly again before each case. */
const slopes = [-1, 0, 1] as const
const jump = 0.01

/**
 * A watch that has bet on nothing yet. `scores` in [0, 1] come first in the sequence, and are bet on by nobody: cases
 * that calibrated, say.
 */
export function startExchangeabilityWatch(
  delta: number,
  scores: ArrayLike<number> = [],
): ExchangeabilityWatch {
  assert.ok(delta > 0 && delta < 1)
  const counts = Array<number>(bins).fill(0)
  for (let index = 0; index < scores.length; index++) counts[binOf(scores[index]!)]!++
  return { delta, counts, cases: scores.length, wealth: [1 / 3, 1 / 3, 1 / 3], hasFired: false }
}

/**
 * Takes in one case's score in [0, 1]. Its p-value is the share of scores so far that are above it, `uniform` in [0, 1)
 * deciding ties and its own place: for exchangeable cases these are independent and even on [0, 1] (Vovk, Gammerman,
 * Shafer 2005). Bet on by the simple jumper (Vovk, Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman 2021, "Retrain or
 * not retrain", section 2): each bet multiplies its wealth by 1 + slope · (p − ½), after `jump` of all wealth has been
 * shared out evenly. Cases may be left out, as at a restart, if that does not depend on them.
 */
export function watchCase(
  watch: ExchangeabilityWatch,
  { score, uniform }: { score: number; uniform: number },
): ExchangeabilityWatch {
  assert.ok(uniform >= 0 && uniform < 1)
  const bin = binOf(score)
  let above = 0
  for (let other = bin + 1; other < bins; other++) above += watch.counts[other]!
  const p = (above + uniform * (watch.counts[bin]! + 1)) / (watch.cases + 1)
  const total = watch.wealth[0] + watch.wealth[1] + watch.wealth[2]
  const bet = (index: 0 | 1 | 2): number =>
    ((1 - jump) * watch.wealth[index] + (jump / 3) * total) * (1 + slopes[index] * (p - 0.5))
  const wealth = [bet(0), bet(1), bet(2)] as const
  const hasFired = watch.hasFired || wealth[0] + wealth[1] + wealth[2] >= 1 / watch.delta
  const counts = watch.counts.slice()
  counts[bin]!++
  return { ...watch, counts, cases: watch.cases + 1, wealth, hasFired }
}

function binOf(score: number): number {
  assert.ok(score >= 0 && score <= 1)
  return Math.min(bins - 1, Math.floor(score * bins))
}
