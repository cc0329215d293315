import { createRandom } from '@consort/protocol'
import type { ModelPlan } from './model-plan.ts'

/**
 * The weights that a run begins with, in the order of the plan's layout. Equal seeds, equal weights.
 * They are written into `weights` where given: `layout.size` zeros.
 */
export function initialWeights(
  { parameters, layout }: ModelPlan,
  seed: number,
  weights = new Float32Array(layout.size),
): Float32Array<ArrayBuffer> {
  const random = createRandom(seed)
  for (const [index, { initial }] of parameters.entries()) {
    if (initial.kind === 'zeros') continue
    const { offset, size } = layout.tensors[index]!
    if (initial.kind === 'ones') {
      weights.fill(1, offset, offset + size)
      continue
    }
    const bound = initial.kind === 'glorot' ? Math.sqrt(6 / (initial.fanIn + initial.fanOut)) : initial.bound
    for (let i = offset; i < offset + size; i++) weights[i] = (2 * random.uniform() - 1) * bound
  }
  return weights
}
