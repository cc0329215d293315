import assert from 'node:assert/strict'
import type { Value } from '../graph/graph.ts'
import { inputGradients, walkBack } from './walk-back.ts'

/**
 * Reverse-mode differentiation: adds to the graph of `loss` (a scalar, or anything to be summed) the gradients with
 * respect to `targets`, in their order. A target on which the loss does not depend has no gradient: that is a bug
 * in the model and asserts.
 */
export function gradients(loss: Value, targets: readonly Value[]): Value[] {
  const found = walkBack(loss, targets, inputGradients)
  return targets.map(target => {
    const gradient = found.get(target)
    assert(gradient, `the loss does not depend on ${target.name}`)
    return gradient
  })
}
