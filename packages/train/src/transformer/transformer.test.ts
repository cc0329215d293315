import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { Graph, Value } from '../graph/graph.ts'
import { normalised } from '../model/normalised.ts'
import { reshape } from '../ops/movement.ts'
import { assertReference, type ReferenceCase } from '../testing/assert-reference.ts'
import type { Build } from '../testing/gradient-graph.ts'
import { assertGradients } from '../testing/numeric-gradients.ts'
import { numbers } from '../testing/run-graph.ts'
import { lossValue } from '../training/losses.ts'
import { attention } from './attention.ts'
import { gelu, geluTanh, swiglu } from './gated.ts'
import { rmsNorm } from './rms-norm.ts'
import { rotaryTables, rotated } from './rotary.ts'
import { tokenLoss } from './token-loss.ts'

interface Reference {
  readonly torch: string
  readonly cases: Readonly<Record<string, ReferenceCase>>
}
const path = new URL('../../fixtures/transformer.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(path, 'utf8'))

const frozen = (graph: Graph, shape: number[], salt: number): Value =>
  graph.constant(numbers(shape, salt), shape)
const padding = ({ graph }: Value): Value =>
  graph.constant(Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0), [2, 5])
const lossOf = (hidden: Value, smoothing: number): Value => {
  const { graph } = hidden
  const weights = graph.constant(Float32Array.of(0.25, 0.25, 0, 0.25, 0.25), [1, 5, 1])
  const labels = graph.constant(BigInt64Array.of(3n, 10n, 5n, 0n, 7n), [1, 5])
  const table = frozen(graph, [11, 4], 8)
  const rows = reshape(hidden, [1, 5, 4])
  return reshape(tokenLoss({ hidden: rows, table, labels, weights, smoothing, placesMax: 2 }), [1])
}

const builders: Readonly<Record<string, Build>> = {
  'rms-norm': x => rmsNorm(x!, frozen(x!.graph, [6], 3), 1e-5),
  'layer-norm': x =>
    normalised({
      input: x!,
      weight: frozen(x!.graph, [6], 3),
      bias: frozen(x!.graph, [6], 4),
      groups: 1,
      epsilon: 1e-12,
    }),
  rotary: x =>
    rotated(x!, rotaryTables(x!.graph, { count: 5, width: 4, rope: { theta: 10_000, scaling: null } })),
  gelu: x => gelu(x!),
  'gelu-tanh': x => geluTanh(x!),
  swiglu: (gate, up) => swiglu(gate!, up!),
  attention: (q, k, v) => attention({ queries: q!, keys: k!, values: v!, isCausal: false }),
  'attention-padded': (q, k, v) =>
    attention({ queries: q!, keys: k!, values: v!, keep: padding(q!), isCausal: false }),
  'attention-causal': (q, k, v) =>
    attention({ queries: q!, keys: k!, values: v!, isCausal: true, rowsMax: 2 }),
  'attention-causal-padded': (q, k, v) =>
    attention({ queries: q!, keys: k!, values: v!, keep: padding(q!), isCausal: true }),
  'cross-entropy-smooth': scores => {
    const { graph } = scores!
    const labels = graph.constant(Int32Array.of(2, 0, 3), [3, 1])
    const weights = graph.constant(new Float32Array(3).fill(1 / 3), [3, 1])
    return reshape(lossValue('cross-entropy', { scores: scores!, labels, weights, smoothing: 0.2 }), [1])
  },
  'token-loss': hidden => lossOf(hidden!, 0),
  'token-loss-smooth': hidden => lossOf(hidden!, 0.1),
}

test('every reference case has a builder and the other way round', () => {
  assert.deepEqual(Object.keys(builders).sort(), Object.keys(reference.cases).sort())
})

for (const [name, expected] of Object.entries(reference.cases)) {
  test(`${name}: output and gradients equal PyTorch's (${reference.torch})`, async () => {
    await assertReference(expected, builders[name]!)
  })

  test(`${name}: gradients equal central differences`, async () => {
    const inputs = expected.inputs.map(([shape, , low, high]) => [shape, low, high] as const)
    await assertGradients({ inputs, build: builders[name]! })
  })
}
