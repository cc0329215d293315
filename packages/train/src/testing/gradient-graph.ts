import { gradients } from '../autodiff/gradients.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { mul } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduction.ts'
import { numbers } from './run-graph.ts'

export type Build = (...inputs: Value[]) => Value

/**
 * A graph with inputs `x0`, `x1` … of these shapes, what `build` makes of them as `output`, and as `g0`, `g1` … the
 * gradients of the sum of that output, each of its numbers times its coefficient: `numbers` of this salt.
 */
export function gradientGraph(shapes: readonly (readonly number[])[], build: Build, salt: number) {
  const graph = new Graph()
  const inputs = shapes.map((shape, index) => graph.input(`x${index}`, shape))
  const output = build(...inputs)
  const coefficients = numbers(output.shape, salt)
  const axes = output.shape.map((_, axis) => axis)
  const loss = reduceSum(mul(output, graph.constant(coefficients, output.shape)), axes)
  const found = gradients(loss, inputs)
  graph.output('output', output)
  for (const [index, gradient] of found.entries()) graph.output(`g${index}`, gradient)
  return { graph, coefficients }
}
