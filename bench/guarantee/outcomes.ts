import type { GatePromise } from '@consort/agents'
import { createRandom } from '@consort/protocol'
import { answering, type Population, type Propensity } from './population.ts'
import type { Way } from './ways.ts'

export interface Outcomes {
  /** The share of splits in which the gate stood open, at any look, where the policy is wrong more often than α. */
  readonly violations: number
  /** The share of cases let through after the last label, on average; 0 in a split whose gate stayed closed. */
  readonly share: number
}

/** Each split draws labels and thresholds anew; the risk is the one over the whole population. */
export function outcomesOf(
  population: Population,
  way: Way,
  { splits, propensity, ...promise }: GatePromise & { splits: number; propensity?: Propensity },
): Outcomes {
  const at = answering(population, propensity)
  let [violations, share] = [0, 0]
  for (let seed = 1; seed <= splits; seed++) {
    const opened = way(population, promise, createRandom(seed * 7919).uniform)
    if (opened.some(threshold => at(threshold).risk > promise.alpha + 1e-12)) violations++
    if (opened.length > 0) share += at(opened.at(-1)!).share
  }
  return { violations: violations / splits, share: share / splits }
}
