import assert from 'node:assert/strict'

/** Whether the cases still look like those before, by a score that needs no label, e.g. the model's confidence. */
export interface ExchangeabilityWatch {
  /** How often it may fire, ever, while cases are exchangeable; 0 < δ < 1. */
  readonly delta: number
  /** Scores so far, ascending; the memory that it needs. */
  readonly scores: readonly number[]
  /** Wealth of the bets that p-values are small, even, large. */
  readonly wealth: readonly [small: number, even: number, large: number]
  readonly hasFired: boolean
}

/** How steep a bet on p-values is, and the share of wealth that is spread evenly again before each case. */
const slopes = [-1, 0, 1] as const
const jump = 0.01

export function startExchangeabilityWatch(delta: number): ExchangeabilityWatch {
  assert.ok(delta > 0 && delta < 1)
  return { delta, scores: [], wealth: [1 / 3, 1 / 3, 1 / 3], hasFired: false }
}

/**
 * Takes in one case's score. Its p-value is the share of scores so far that are above it, `uniform` in [0, 1) deciding ties
 * and its own place: for exchangeable cases these are independent and even on [0, 1] (Vovk, Gammerman, Shafer 2005). Bet on
 * by the simple jumper (Vovk, Petej, Nouretdinov, Ahlberg, Carlsson, Gammerman 2021, "Retrain or not retrain", section 2):
 * each bet multiplies its wealth by 1 + slope · (p − ½), after `jump` of all wealth has been shared out evenly.
 */
export function watchCase(
  watch: ExchangeabilityWatch,
  { score, uniform }: { score: number; uniform: number },
): ExchangeabilityWatch {
  assert.ok(Number.isFinite(score) && uniform >= 0 && uniform < 1)
  const { scores } = watch
  const [from, to] = [firstAtLeast(scores, score), firstAbove(scores, score)]
  const p = (scores.length - to + uniform * (to - from + 1)) / (scores.length + 1)
  const total = watch.wealth[0] + watch.wealth[1] + watch.wealth[2]
  const bet = (index: 0 | 1 | 2): number =>
    ((1 - jump) * watch.wealth[index] + (jump / 3) * total) * (1 + slopes[index] * (p - 0.5))
  const wealth = [bet(0), bet(1), bet(2)] as const
  const hasFired = watch.hasFired || wealth[0] + wealth[1] + wealth[2] >= 1 / watch.delta
  return { ...watch, scores: scores.toSpliced(to, 0, score), wealth, hasFired }
}

function firstAtLeast(sorted: readonly number[], score: number): number {
  return firstWhere(sorted, value => value >= score)
}

function firstAbove(sorted: readonly number[], score: number): number {
  return firstWhere(sorted, value => value > score)
}

/** The first index for which a condition holds that, once it holds, goes on holding. */
function firstWhere(sorted: readonly number[], isIt: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isIt(sorted[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
