/** P[X = successes] for X ~ Binomial(trials, chance), 0 < chance < 1. */
export function binomialChance(successes: number, { trials, chance }: Trials): number {
  if (successes < 0 || successes > trials) return 0
  const ways = logFactorial(trials) - logFactorial(successes) - logFactorial(trials - successes)
  return Math.exp(ways + successes * Math.log(chance) + (trials - successes) * Math.log1p(-chance))
}

/** P[X ≥ successes]. */
export function binomialTail(successes: number, of: Trials): number {
  let sum = 0
  // From the far end, where the terms are smallest.
  for (let count = of.trials; count >= Math.max(successes, 0); count--) sum += binomialChance(count, of)
  return Math.min(1, sum)
}

/**
 * The lower end of the one-sided interval of Clopper and Pearson (1934) for a chance of which `successes` were seen.
 */
export function chanceAtLeast(
  successes: number,
  { trials, confidence }: { trials: number; confidence: number },
): number {
  let [low, high] = [0, successes / trials]
  for (let step = 0; step < 50 && successes > 0; step++) {
    const chance = (low + high) / 2
    if (binomialTail(successes, { trials, chance }) < 1 - confidence) low = chance
    else high = chance
  }
  return low
}

export interface Trials {
  readonly trials: number
  readonly chance: number
}

const logFactorials = [0]

function logFactorial(of: number): number {
  for (let next = logFactorials.length; next <= of; next++)
    logFactorials.push(logFactorials[next - 1]! + Math.log(next))
  return logFactorials[of]!
}
