import { boltzmann } from '@consort/agents'
import { z } from 'zod'

/** What the hub knows of a partner that could take part in a round. */
export interface Candidate {
  readonly member: string
  /** Seconds from a task to its update, averaged over the past; null before the first. */
  readonly latencySeconds: number | null
  /** Tasks that were given to it, and those of them whose update came too late or not at all. */
  readonly asked: number
  readonly missed: number
  /** From its signed data card. */
  readonly examples: number
}

/** The cost θ of drawing a partner: three terms between 0 (best) and 1, and their sum. */
export interface Cost {
  readonly latency: number
  readonly dropouts: number
  readonly size: number
  readonly theta: number
  /** Of being drawn first. */
  readonly probability: number
}

/** A cost as it is kept with a round. */
export const costSchema = z.object({
  latency: z.number(),
  dropouts: z.number(),
  size: z.number(),
  theta: z.number(),
  probability: z.number(),
}) satisfies z.ZodType<Cost>

/**
 * Slow, unreliable and small partners cost more: latency relative to the slowest, the share of tasks missed, and how
 * much smaller the data set is than the largest. What is not known yet costs nothing, so that newcomers get a chance.
 */
export function costsOf(candidates: readonly Candidate[], alpha: number): Cost[] {
  const slowest = Math.max(...candidates.map(candidate => candidate.latencySeconds ?? 0), Number.MIN_VALUE)
  const largest = Math.max(...candidates.map(candidate => candidate.examples), 1)
  const costs = candidates.map(({ latencySeconds, asked, missed, examples }) => {
    const latency = (latencySeconds ?? 0) / slowest
    const dropouts = asked === 0 ? 0 : missed / asked
    const size = 1 - examples / largest
    return { latency, dropouts, size, theta: latency + dropouts + size }
  })
  const probabilities = boltzmann(
    costs.map(cost => cost.theta),
    alpha,
  )
  return costs.map((cost, index) => ({ ...cost, probability: probabilities[index]! }))
}

/** From the first to the second α over the rounds of a run, in equal steps. */
export function alphaOf(
  [first, last]: readonly [number, number],
  { round, rounds }: { round: number; rounds: number },
): number {
  return rounds === 1 ? last : first + ((last - first) * (round - 1)) / (rounds - 1)
}

/**
 * Draws `count` different candidates, each time with P(i) ∝ exp(−α·θᵢ) among those left; all when there are no more.
 * `uniform` gives numbers in [0, 1). Returns positions in the order of the candidates.
 */
export function drawParticipants(
  thetas: readonly number[],
  { count, alpha, uniform }: { count: number; alpha: number; uniform: () => number },
): number[] {
  const left = thetas.map((_, index) => index)
  if (count >= left.length) return left
  const drawn: number[] = []
  while (drawn.length < count) {
    const probabilities = boltzmann(
      left.map(index => thetas[index]!),
      alpha,
    )
    let rest = uniform()
    const position = probabilities.findIndex(probability => {
      rest -= probability
      return rest < 0
    })
    drawn.push(...left.splice(position < 0 ? left.length - 1 : position, 1))
  }
  return drawn.sort((a, b) => a - b)
}
