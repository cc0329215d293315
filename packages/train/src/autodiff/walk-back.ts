import assert from 'node:assert/strict'
import type { Composite, Node, Value } from '../graph/graph.ts'
import type { DifferentiableName, OperatorName } from '../graph/operators.ts'
import { broadcastShape, sameShape, sizeOf } from '../graph/shapes.ts'
import { add } from '../ops/elementwise.ts'
import { reshape } from '../ops/movement.ts'
import { reduceSum } from '../ops/reduction.ts'
import { gradientRules } from './gradient-rules.ts'
import type { GradientRule } from './rule.ts'

/** A node on which the loss depends, as the walk meets it. */
export interface Place {
  readonly node: Node
  readonly composite: Composite | undefined
  /** Of the composite where there is one, otherwise of the node. */
  readonly inputs: readonly (Value | null)[]
  /** The gradient of the loss with respect to the node's first output. */
  readonly cotangent: Value
  /** Which inputs change when a target does. */
  readonly wanted: readonly boolean[]
}

/** The gradients of a place's inputs; null where none is wanted. */
export type Visit = (place: Place) => readonly (Value | null)[]

/**
 * Goes from `loss` (a scalar, or anything to be summed) back to `targets`, node by node, and returns the gradient of
 * every value on the way. `visit` says how the gradient passes one place.
 */
export function walkBack(loss: Value, targets: readonly Value[], visit: Visit): ReadonlyMap<Value, Value> {
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
    const wanted = inputs.map(input => input !== null && dependent.has(input))
    const found = visit({ node, composite, inputs, cotangent, wanted })
    for (const [index, gradient] of found.entries()) {
      const input = inputs[index]
      if (!gradient || !input || !dependent.has(input)) continue
      const fitting = unbroadcast(gradient, input.shape)
      const known = cotangents.get(input)
      cotangents.set(input, known ? add(known, fitting) : fitting)
    }
  }
  return cotangents
}

/** By the composite's own rule, or the one of the table. */
export function inputGradients({ node, composite, cotangent, wanted }: Place): readonly (Value | null)[] {
  if (composite) return composite.rule(cotangent)
  assert(isDifferentiable(node.operator), `${node.operator} has no gradient`)
  const rule = gradientRules[node.operator] as GradientRule<DifferentiableName>
  return rule(cotangent, {
    inputs: node.inputs as readonly Value[],
    output: node.outputs[0]!,
    attributes: node.attributes as never,
    wanted,
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
