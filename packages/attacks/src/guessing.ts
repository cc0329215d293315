import { binomialChance, binomialTail } from './binomial.ts'

/** What came of guessing who of m canaries, each in the training by the toss of a fair coin, was in it. */
export interface Guessing {
  /** m: all canaries, guessed or not. */
  readonly canaries: number
  /** r: how many were guessed. */
  readonly guesses: number
  /** v: how many of these guesses were right. */
  readonly right: number
}

/**
 * The largest ε that the guesses refute at the given confidence: had the training been (ε, δ)-private, so many right
 * ones would have come with a probability below 1 − confidence. 0 if they refute nothing. Steinke, Nasr, Jagielski 2023
 * (Privacy Auditing with One Training Run), theorem 3.1 and appendix D.
 */
export function auditedEpsilon(
  of: Guessing,
  { delta, confidence = 0.95 }: { delta: number; confidence?: number },
): number {
  const isRefuted = (epsilon: number): boolean => chanceUnder(epsilon, { ...of, delta }) < 1 - confidence
  let [low, high] = [0, 1]
  if (!isRefuted(0)) return 0
  while (isRefuted(high)) high *= 2
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (isRefuted(middle)) low = middle
    else high = middle
  }
  return low
}

/**
 * At most how likely v or more right guesses of r are under (ε, δ): P[W ≥ v] + 2mδ · max over i of P[v > W ≥ v − i]/i
 * with W ~ Binomial(r, e^ε/(e^ε + 1)), the right answers of randomised response.
 */
function chanceUnder(
  epsilon: number,
  { canaries, guesses, right, delta }: Guessing & { delta: number },
): number {
  const of = { trials: guesses, chance: 1 / (1 + Math.exp(-epsilon)) }
  let [below, steepest] = [0, 0]
  for (let short = 1; short <= right; short++) {
    below += binomialChance(right - short, of)
    steepest = Math.max(steepest, below / short)
  }
  return Math.min(1, binomialTail(right, of) + 2 * canaries * delta * steepest)
}

/** Guesses `in` for the highest scores and `out` for the lowest, half of `guesses` each, and counts the right ones. */
export function guessExtremes(
  scores: ArrayLike<number>,
  { isIn, guesses }: { isIn: readonly boolean[]; guesses: number },
): Guessing {
  const half = Math.floor(guesses / 2)
  const order = isIn.map((_, canary) => canary).toSorted((a, b) => scores[b]! - scores[a]!)
  const highest = order.slice(0, half).filter(canary => isIn[canary]).length
  const lowest = order.slice(order.length - half).filter(canary => !isIn[canary]).length
  return { canaries: isIn.length, guesses: 2 * half, right: highest + lowest }
}
