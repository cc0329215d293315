import type { Value } from '../../../graph/graph.ts'
import { normalised } from '../../../model/normalised.ts'
import type { FrozenPlan, Parts } from './network.ts'

/** The two tensors of a layer normalisation over vectors of `hidden` numbers. */
export function layerNormPlan(name: string, hidden: number): FrozenPlan[] {
  return [
    { name: `${name}.weight`, shape: [hidden] },
    { name: `${name}.bias`, shape: [hidden] },
  ]
}

/** The normalisation called `name` of rows x [N, hidden]. */
export function layerNorm(x: Value, name: string, of: { frozen: Parts['frozen']; epsilon: number }): Value {
  const { frozen, epsilon } = of
  const [weight, bias] = [frozen(`${name}.weight`), frozen(`${name}.bias`)]
  return normalised({ input: x, weight, bias, groups: 1, epsilon })
}
