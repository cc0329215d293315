import test from 'node:test'
import { gradients } from '../autodiff/gradients.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { mul } from '../ops/elementwise.ts'
import { reduceSum } from '../ops/reduction.ts'
import { conv, maxPool } from '../ops/window.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { pooledConv } from './pooled-conv.ts'

interface Layer {
  input: [number, number, number, number]
  weight: [number, number, number, number]
  stride: number
  padding: number
  dilation: number
  pool: number
  /** Inputs of few levels make ties. */
  levels?: number
}

const plain = { stride: 1, padding: 0, dilation: 1, pool: 2 }
const layers: Record<string, Layer> = {
  'tiles exactly': { ...plain, input: [2, 2, 8, 8], weight: [3, 2, 3, 3] },
  'leaves a rest': { ...plain, input: [2, 2, 9, 10], weight: [3, 2, 3, 3] },
  'with ties': { ...plain, input: [2, 1, 10, 10], weight: [3, 1, 3, 3], levels: 2 },
  'with padding': { ...plain, input: [1, 2, 7, 8], weight: [2, 2, 3, 3], padding: 1 },
  'with stride': { ...plain, input: [2, 2, 12, 11], weight: [2, 2, 3, 3], stride: 2 },
  'with dilation': { ...plain, input: [1, 2, 11, 12], weight: [2, 2, 3, 3], dilation: 2 },
  'windows of three': { ...plain, input: [1, 2, 12, 11], weight: [2, 2, 2, 2], pool: 3 },
  'all at once': { input: [2, 3, 17, 15], weight: [4, 3, 3, 3], stride: 2, padding: 2, dilation: 2, pool: 2 },
  'kernel of one': { ...plain, input: [2, 3, 5, 5], weight: [2, 3, 1, 1] },
}

type Build = (x: Value, weight: Value, bias: Value) => Value

async function outputsOf({ input, weight, levels }: Layer, build: Build): Promise<Record<string, number[]>> {
  const graph = new Graph()
  const values = [graph.input('x', input), graph.input('w', weight), graph.input('b', [weight[0]])] as const
  const output = build(...values)
  const loss = reduceSum(mul(output, graph.constant(numbers(output.shape, 99), output.shape)), [0, 1, 2, 3])
  for (const [index, gradient] of gradients(loss, values).entries())
    graph.output(`gradient ${index}`, gradient)
  graph.output('output', output)
  const kernel = levels ? new Float32Array(weight.reduce((a, b) => a * b)).fill(1) : numbers(weight, 2)
  return await runGraph(graph, { x: numbers(input, 1, -1, 1, levels), w: kernel, b: numbers([weight[0]], 3) })
}

for (const [what, layer] of Object.entries(layers)) {
  test(`a pooled convolution that ${what} equals convolution, then pooling`, async () => {
    const { stride, padding, dilation, pool } = layer
    const expected = await outputsOf(layer, (x, weight, bias) =>
      maxPool(
        conv(x, weight, bias, {
          stride: [stride, stride],
          pads: [padding, padding, padding, padding],
          dilation: [dilation, dilation],
        }),
        pool,
      ),
    )
    const actual = await outputsOf(layer, (input, weight, bias) =>
      pooledConv({ input, weight, bias, stride, padding, dilation, pool, wantsInputGradient: true }),
    )
    for (const [name, values] of Object.entries(expected)) assertClose(actual[name]!, values, 3e-6, name)
  })
}
