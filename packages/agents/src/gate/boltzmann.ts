import assert from 'node:assert/strict'

/**
 * Probabilities P(i) ∝ exp(−β · costᵢ): even for β = 0, all on the cheapest as β grows, evenly on the cheapest for
 * Infinity. Costs are finite, β in one over their unit. Relative to the cheapest, so that nothing overflows and one
 * weight is 1.
 */
export function boltzmann(costs: readonly number[], beta: number): number[] {
  assert.ok(beta >= 0 && costs.every(Number.isFinite))
  const cheapest = Math.min(...costs)
  const weights = costs.map(cost => (cost === cheapest ? 1 : Math.exp(-beta * (cost - cheapest))))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => weight / total)
}
