import assert from 'node:assert/strict'
import type { Node, Value } from '../graph/graph.ts'
import type { DifferentiableName, OperatorName } from '../graph/operators.ts'
import { broadcastShape, sameShape, sizeOf } from '../graph/shapes.ts'
import { add } from '../ops/elementwise.ts'
import { reshape } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'
import { gradientRules } from './gradient-rules.ts'
import type { GradientRule } from './rule.ts'

/**
 * Reverse-mode differentiation: adds to the graph of `loss` (a scalar, or anything to be summed) the gradients with
 * respect to `targets`, in their order. A target on which the loss does not depend has no gradient: that is a bug
 * in the model and asserts.
 */
export function gradients(loss: Value, targets: readonly Value[]): Value[] {
  const { graph } = loss
  const nodes = [...graph.nodes]
  const dependent = dependentsOf(nodes, targets)
  const cotangents = new Map<Value, Value>()
  cotangents.set(loss, graph.constant(new Float32Array(sizeOf(loss.shape)).fill(1), loss.shape))

  for (const node of nodes.toReversed()) {
    const output = node.outputs[0]!
    const cotangent = cotangents.get(output)
    if (cotangent === undefined || !dependent.has(output)) continue
    const composite = graph.composites.get(output)
    const inputs = composite ? composite.inputs : node.inputs
    const found = composite ? composite.rule(cotangent) : ruleOutputs(node, cotangent, dependent)
    for (const [index, gradient] of found.entries()) {
      const input = inputs[index]
      if (!gradient || !input || !dependent.has(input)) continue
      const fitting = unbroadcast(gradient, input.shape)
      const known = cotangents.get(input)
      cotangents.set(input, known ? add(known, fitting) : fitting)
    }
  }

  return targets.map(target => {
    const gradient = cotangents.get(target)
    assert(gradient, `the loss does not depend on ${target.name}`)
    return gradient
  })
}

/** Every value that changes when a target does. */
function dependentsOf(nodes: readonly Node[], targets: readonly Value[]): Set<Value> {
  const dependent = new Set<Value>(targets)
  for (const node of nodes) {
    if (node.inputs.some(input => input && dependent.has(input))) dependent.add(node.outputs[0]!)
  }
  return dependent
}

function ruleOutputs(node: Node, cotangent: Value, dependent: ReadonlySet<Value>): readonly (Value | null)[] {
  assert(isDifferentiable(node.operator), `${node.operator} has no gradient`)
  const rule = gradientRules[node.operator] as GradientRule<DifferentiableName>
  return rule(cotangent, {
    inputs: node.inputs as readonly Value[],
    output: node.outputs[0]!,
    attributes: node.attributes as never,
    wanted: node.inputs.map(input => input !== null && dependent.has(input)),
  })
}

function isDifferentiable(operator: OperatorName): operator is DifferentiableName {
  return Object.hasOwn(gradientRules, operator)
}

/** Sums a gradient over the axes along which its value was repeated. */
function unbroadcast(gradient: Value, shape: readonly number[]): Value {
  if (sameShape(gradient.shape, shape)) return gradient
  assert(
    sameShape(broadcastShape(gradient.shape, shape), gradient.shape),
    'a gradient is at least as large as its value',
  )
  const missing = gradient.shape.length - shape.length
  const axes = gradient.shape.flatMap((dimension, axis) =>
    axis < missing || (shape[axis - missing] === 1 && dimension !== 1) ? [axis] : [],
  )
  return reshape(reduceSum(gradient, axes), shape)
}
