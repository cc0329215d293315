import { type Build, gradientGraph } from './gradient-graph.ts'
import { assertClose, numbers, openGraph } from './run-graph.ts'

export type Input = readonly [shape: readonly number[], low?: number, high?: number]

export interface Check {
  readonly inputs: readonly Input[]
  readonly build: Build
}

/** Half the distance of the central difference; kinks lie farther from these inputs than that. */
const h = 1e-3

/** Asserts that the gradients of a weighted sum of what `build` makes equal central differences. */
export async function assertGradients({ inputs, build }: Check): Promise<void> {
  const shapes = inputs.map(([shape]) => shape)
  const { graph, coefficients } = gradientGraph(shapes, build, 77)
  const feeds = Object.fromEntries(
    inputs.map(([shape, low, high], index) => [`x${index}`, numbers(shape, index + 1, low, high)]),
  )
  await using open = await openGraph(graph)
  const weighted = async (): Promise<number> => {
    const { output: now } = await open.run(feeds)
    return coefficients.reduce((sum, coefficient, index) => sum + coefficient * now![index]!, 0)
  }
  const analytic = await open.run(feeds)
  for (const [index, [shape]] of inputs.entries()) {
    const feed = feeds[`x${index}`]!
    const differences: number[] = []
    for (let at = 0; at < feed.length; at++) {
      const kept = feed[at]!
      feed[at] = kept + h
      const [up, above] = [feed[at]!, await weighted()]
      feed[at] = kept - h
      const [down, below] = [feed[at]!, await weighted()]
      feed[at] = kept
      differences.push((above - below) / (up - down))
    }
    assertClose(analytic[`g${index}`]!, differences, 5e-3, `input ${index} [${shape}]`)
  }
}
