import { type Build, gradientGraph } from './gradient-graph.ts'
import { assertClose, numbers, runGraph } from './run-graph.ts'

/** A case of the fixtures, as their scripts write it. */
export interface ReferenceCase {
  /** What `numbers` is given for each input. */
  readonly inputs: readonly Parameters<typeof numbers>[]
  readonly output: readonly number[]
  readonly gradients: readonly (readonly number[])[]
}

/** Asserts that what `build` makes of a case's inputs, and its gradients, are what PyTorch computed. */
export async function assertReference(expected: ReferenceCase, build: Build): Promise<void> {
  const shapes = expected.inputs.map(([shape]) => shape)
  const { graph } = gradientGraph(shapes, build, 99)
  const feeds = Object.fromEntries(expected.inputs.map((spec, index) => [`x${index}`, numbers(...spec)]))
  const values = await runGraph(graph, feeds)
  assertClose(values.output!, expected.output, 2e-6, 'output')
  for (const [index, gradient] of expected.gradients.entries()) {
    assertClose(values[`g${index}`]!, gradient, 4e-6, `gradient ${index}`)
  }
}
