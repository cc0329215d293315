import { createRandom, type Random } from '@consort/protocol'
import type { ParameterPlan } from './layer-parameters.ts'
import type { ModelPlan } from './model-plan.ts'

type DrawnPlan = Pick<ModelPlan, 'parameters' | 'layout'>

/** The weights that a run begins with, in the order of the plan's layout. Equal seeds, equal weights. */
export function initialWeights(plan: DrawnPlan, seed: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(plan.layout.size)
  drawWeights(plan, seed)(weights)
  return weights
}

/** The same piece by piece, in memory for one piece: each call fills all of `into` with the weights that come next. */
export function drawWeights(
  { parameters, layout }: DrawnPlan,
  seed: number,
): (into: Float32Array<ArrayBuffer>) => void {
  const random = createRandom(seed)
  let [index, at] = [0, 0] // which tensor, and how much of it was given
  return into => {
    for (let filled = 0; filled < into.length; ) {
      const { size } = layout.tensors[index]!
      const count = Math.min(into.length - filled, size - at)
      drawInto(into.subarray(filled, filled + count), parameters[index]!, random)
      filled += count
      at += count
      if (at === size) [index, at] = [index + 1, 0]
    }
  }
}

function drawInto(weights: Float32Array, { initial }: ParameterPlan, random: Random): void {
  if (initial.kind === 'zeros' || initial.kind === 'ones') {
    weights.fill(initial.kind === 'ones' ? 1 : 0)
    return
  }
  const bound = initial.kind === 'glorot' ? Math.sqrt(6 / (initial.fanIn + initial.fanOut)) : initial.bound
  for (let i = 0; i < weights.length; i++) weights[i] = (2 * random.uniform() - 1) * bound
}
