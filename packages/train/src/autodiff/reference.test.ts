import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { Graph } from '../graph/graph.ts'
import { add, div, logSoftmax, mul, pow, sigmoid, softmax, softplus, tanh } from '../ops/elementwise.ts'
import { gemm, matmul } from '../ops/linear.ts'
import { concat, gather, integers, reshape, slice, transpose } from '../ops/movement.ts'
import { reduceProd } from '../ops/reduction.ts'
import { averagePool, conv, globalAveragePool, maxPool } from '../ops/window.ts'
import { assertReference, type ReferenceCase } from '../testing/assert-reference.ts'
import type { Build } from '../testing/gradient-graph.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { lossValue } from '../training/losses.ts'
import { gradients } from './gradients.ts'

interface Reference {
  torch: string
  cases: Record<string, ReferenceCase>
  losses: Record<'cross-entropy' | 'binary-cross-entropy' | 'mse', { loss: number; gradient: number[] }>
}
const path = new URL('../../fixtures/reference.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(path, 'utf8'))

const builders: Record<string, Build> = {
  'add-broadcast': (a, b) => add(a!, b!),
  'mul-broadcast': (a, b) => mul(a!, b!),
  'div-broadcast': (a, b) => div(a!, b!),
  pow: (a, b) => pow(a!, b!),
  sigmoid: x => sigmoid(x!),
  tanh: x => tanh(x!),
  softplus: x => softplus(x!),
  softmax: x => softmax(x!),
  'softmax-middle': x => softmax(x!, 1),
  'log-softmax': x => logSoftmax(x!),
  'matmul-broadcast': (a, b) => matmul(a!, b!),
  gemm: (x, w, b) => gemm(x!, w!, { transB: true, bias: b! }),
  'gemm-transposed': (a, b, c) => gemm(a!, b!, { transA: true, bias: c! }),
  conv: (x, w, b) => conv(x!, w!, b!),
  'conv-stride-pad': (x, w, b) => conv(x!, w!, b!, { stride: [2, 2], pads: [1, 1, 1, 1] }),
  'conv-dilation': (x, w, b) => conv(x!, w!, b!, { stride: [2, 2], pads: [1, 1, 1, 1], dilation: [2, 2] }),
  'conv-groups': (x, w, b) => conv(x!, w!, b!, { pads: [1, 1, 1, 1], groups: 2 }),
  'conv-depthwise': (x, w, b) => conv(x!, w!, b!, { stride: [3, 3], groups: 3 }),
  'max-pool': x => maxPool(x!, 2),
  'max-pool-overlapping': x => maxPool(x!, 3, 2),
  'max-pool-ties': x => maxPool(x!, 2),
  'max-pool-overlapping-ties': x => maxPool(x!, 3, 2),
  'average-pool': x => averagePool(x!, 2),
  'average-pool-overlapping': x => averagePool(x!, 3, 2),
  'global-average-pool': x => globalAveragePool(x!),
  'reduce-prod-zero': x =>
    reduceProd(mul(x!, x!.graph.constant(Float32Array.of(1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1), [3, 4])), [1]),
  'slice-steps': x =>
    slice(x!, [
      { axis: 0, start: 1, count: 2 },
      { axis: 1, start: 1, count: 3, step: 2 },
    ]),
  'gather-repeated': x => gather(x!, reshape(integers(x!.graph, [0, 2, 2, 4]), [2, 2])),
  'gather-axis-1': x => gather(x!, integers(x!.graph, [4, 4, 0]), 1),
  transpose: x => transpose(x!, [2, 0, 1]),
  concat: (a, b) => concat([a!, b!], 1),
}

test('every reference case has a builder and the other way round', () => {
  assert.deepEqual(Object.keys(builders).sort(), Object.keys(reference.cases).sort())
})

for (const [name, expected] of Object.entries(reference.cases)) {
  test(`${name}: output and gradients equal PyTorch's (${reference.torch})`, async () => {
    await assertReference(expected, builders[name]!)
  })
}

const lossLabels = {
  'cross-entropy': Int32Array.of(2, 0, 3, 0),
  'binary-cross-entropy': Int32Array.of(1, 0, 1, 0),
  mse: Float32Array.of(1, -2, 0.5, 0),
}

for (const [kind, expected] of Object.entries(reference.losses) as [
  keyof typeof lossLabels,
  { loss: number; gradient: number[] },
][]) {
  test(`${kind}: a batch of four with one row of padding equals PyTorch's batch of three`, async () => {
    const graph = new Graph()
    const outputs = expected.gradient.length / 3
    const scores = graph.input('scores', [4, outputs])
    const labels = graph.input('labels', [4, 1], kind === 'mse' ? 'float32' : 'int32')
    const weights = graph.input('weights', [4, 1])
    const loss = lossValue(kind, { scores, labels, weights })
    const [gradient] = gradients(loss, [scores])
    graph.output('loss', loss)
    graph.output('gradient', gradient!)
    const padded = new Float32Array(4 * outputs).fill(7)
    padded.set(numbers([3, outputs], 5, -3, 3))
    const values = await runGraph(graph, {
      scores: padded,
      labels: lossLabels[kind],
      weights: Float32Array.of(1 / 3, 1 / 3, 1 / 3, 0),
    })
    assertClose(values.loss!, [expected.loss], 1e-6, 'loss')
    assertClose(
      values.gradient!,
      [...expected.gradient, ...new Array<number>(outputs).fill(0)],
      1e-6,
      'gradient',
    )
  })
}
