import assert from 'node:assert/strict'
import test from 'node:test'
import { gradients } from '../autodiff/gradients.ts'
import { Graph } from '../graph/graph.ts'
import { mul } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduction.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { normalised } from './normalised.ts'

interface Shapes {
  input: [number, ...number[]]
  weight: number[]
  groups: number
}

const layers: Record<string, Shapes> = {
  'a vector': { input: [3, 7], weight: [7], groups: 1 },
  'a picture as a whole': { input: [2, 3, 4, 2], weight: [3, 4, 2], groups: 1 },
  'a picture in two groups': { input: [2, 6, 3, 2], weight: [6], groups: 2 },
  'a picture channel by channel': { input: [2, 4, 3, 3], weight: [4], groups: 4 },
  'a picture in one group': { input: [2, 4, 3, 2], weight: [4], groups: 1 },
}

const size = (shape: readonly number[]): number =>
  shape.reduce((product, dimension) => product * dimension, 1)

/** The same in float64, place by place. */
function expectedOutput(
  { input, weight, groups }: Shapes,
  x: Float64Array,
  w: Float64Array,
  b: Float64Array,
) {
  const each = size(input.slice(1))
  const part = each / groups
  return x.map((value, index) => {
    const start = Math.floor(index / part) * part
    const among = x.subarray(start, start + part)
    const mean = among.reduce((sum, other) => sum + other, 0) / part
    const variance = among.reduce((sum, other) => sum + (other - mean) ** 2, 0) / part
    const own = Math.floor((index % each) / (each / size(weight)))
    return ((value - mean) / Math.sqrt(variance + 1e-5)) * w[own]! + b[own]!
  })
}

for (const [what, shapes] of Object.entries(layers)) {
  test(`${what}, normalised: output and gradients equal those of plain arithmetic`, async () => {
    const { input, weight, groups } = shapes
    const graph = new Graph()
    const values = [graph.input('x', input), graph.input('w', weight), graph.input('b', weight)] as const
    const output = normalised({ input: values[0], weight: values[1], bias: values[2], groups })
    const slopes = numbers(input, 99)
    const loss = reduceSum(
      mul(output, graph.constant(slopes, input)),
      input.map((_, axis) => axis),
    )
    graph.output('output', output)
    for (const [index, gradient] of gradients(loss, values).entries()) graph.output(`g${index}`, gradient)
    const feeds = { x: numbers(input, 1, -1, 3), w: numbers(weight, 2, 0.5, 2), b: numbers(weight, 3) }
    const actual = await runGraph(graph, feeds)

    const at = [feeds.x, feeds.w, feeds.b].map(feed => Float64Array.from(feed)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    assertClose(actual.output!, expectedOutput(shapes, ...at), 1e-5, 'output')
    const total = (): number =>
      expectedOutput(shapes, ...at).reduce((sum, value, index) => sum + value * slopes[index]!, 0)
    for (const [index, place] of at.entries()) {
      const differences = place.map((kept, position) => {
        place[position] = kept + 1e-5
        const above = total()
        place[position] = kept - 1e-5
        const below = total()
        place[position] = kept
        return (above - below) / 2e-5
      })
      assertClose(actual[`g${index}`]!, differences, 1e-4, `gradient ${index}`)
      assert.ok(
        differences.some(difference => Math.abs(difference) > 0.05),
        'they are not all about zero',
      )
    }
  })
}

test('what does not vary is shifted only, and values far out stay finite', async () => {
  const graph = new Graph()
  const [x, weight, bias] = [graph.input('x', [3, 4]), graph.input('w', [4]), graph.input('b', [4])]
  graph.output('output', normalised({ input: x, weight, bias, groups: 1 }))
  const feeds = {
    x: Float32Array.of(7, 7, 7, 7, 1e15, -1e15, 1e15, -1e15, 0, 0, 0, 1e-9),
    w: Float32Array.of(1, 2, 3, 4),
    b: Float32Array.of(5, 6, 7, 8),
  }
  const { output } = await runGraph(graph, feeds)
  assertClose(output!, [5, 6, 7, 8, 6, 4, 10, 4, 5, 6, 7, 8], 1e-4, 'output')
})
