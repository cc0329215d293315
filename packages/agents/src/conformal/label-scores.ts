import assert from 'node:assert/strict'

/**
 * How badly each label fits, the larger the worse.
 * - `lac`: 1 − p(label) (Sadinle, Lei, Wasserman 2019). The smallest sets on average; they can be empty.
 * - `aps`: the probability of all likelier labels plus u · its own (Romano, Sesia, Candès 2020). Adapts to hard cases.
 * - `raps`: aps + `penalty` · max(0, rank − `free`), rank from 1 (Angelopoulos et al. 2021): no long tails.
 */
export type ConformalMethod =
  | { readonly kind: 'lac' }
  | { readonly kind: 'aps' }
  | { readonly kind: 'raps'; readonly penalty: number; readonly free: number }

/**
 * Scores of the k labels of one case. `probabilities` are k shares that add up to 1; `uniform` in [0, 1) is drawn once
 * for a case (not used by lac). Of equal probabilities the lower class comes first.
 */
export function labelScores(
  probabilities: ArrayLike<number>,
  { method, uniform }: { method: ConformalMethod; uniform: number },
): Float64Array {
  assert.ok(uniform >= 0 && uniform < 1)
  const scores = Float64Array.from(probabilities, probability => 1 - probability)
  if (method.kind === 'lac') return scores
  const order = [...scores.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
  let before = 0
  for (const [place, label] of order.entries()) {
    const own = probabilities[label]!
    const beyond = method.kind === 'raps' ? method.penalty * Math.max(0, place + 1 - method.free) : 0
    scores[label] = before + uniform * own + beyond
    before += own
  }
  return scores
}
