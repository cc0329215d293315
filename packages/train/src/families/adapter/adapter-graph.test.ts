import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { AdapterSpec } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { openGraph } from '../../executor/open-graph.ts'
import { assertClose } from '../../testing/run-graph.ts'
import { filled, filledBase, tinyAdapter } from '../../testing/tiny-base.ts'
import { gradientName } from '../../training/training-graph.ts'
import { adapterTrainingGraph } from './adapter-graph.ts'
import { type AdapterPlan, planOf } from './adapter-plan.ts'

interface Reference {
  readonly peft: string
  readonly rows: number[][]
  readonly labels: number[]
  readonly cases: Readonly<
    Record<
      string,
      {
        config: AdapterSpec['base']['config']
        task: AdapterSpec['task']
        pooling: AdapterSpec['pooling'] | null
        targets: string[]
        loss: number
        gradients: Record<string, number[]>
      }
    >
  >
}
const path = new URL('../../../fixtures/adapters.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(path, 'utf8'))
const { rows: texts } = reference
const [rows, length] = [texts.length, 7]

/** Feeds of the fixture's two texts, the second padded; tokens from the third on are learnt. */
function feedsOf(plan: AdapterPlan): Record<string, Tensor> {
  const at = (value: (row: number[], place: number, index: number) => number): Float32Array =>
    Float32Array.from(
      texts.flatMap((row, index) => Array.from({ length }, (_, place) => value(row, place, index))),
    )
  const integers = (values: Float32Array, shape: number[]): Tensor =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
  const feeds: Record<string, Tensor> = {
    ids: integers(
      at((row, place) => row[place] ?? 0),
      [rows, length],
    ),
  }
  for (const { name, shape } of plan.parameters)
    feeds[name] = new Tensor('float32', filled(name, shape), shape)
  if (plan.pooling === null) {
    const learnt = texts.reduce((sum, row) => sum + row.length - 3, 0)
    const isLearnt = (row: number[], place: number): boolean => place >= 2 && place + 1 < row.length
    feeds.labels = integers(
      at((row, place) => row[place + 1] ?? 0),
      [rows, length],
    )
    feeds.weights = new Tensor(
      'float32',
      at((row, place) => (isLearnt(row, place) ? 1 / learnt : 0)),
      [rows, length, 1],
    )
    return feeds
  }
  const share = {
    mean: (row: number[], place: number) => (place < row.length ? 1 / row.length : 0),
    first: (_: number[], place: number) => (place === 0 ? 1 : 0),
    last: (row: number[], place: number) => (place === row.length - 1 ? 1 : 0),
  }[plan.pooling]
  feeds.pool = new Tensor('float32', at(share), [rows, length])
  if (plan.network.scores === null)
    feeds.keep = new Tensor(
      'float32',
      at((row, place) => (place < row.length ? 1 : 0)),
      [rows, length],
    )
  feeds.labels = new Tensor('int32', Int32Array.from(reference.labels), [rows, 1])
  feeds.weights = new Tensor('float32', new Float32Array(rows).fill(1 / rows), [rows, 1])
  return feeds
}

for (const [name, { config, task, pooling, targets, ...expected }] of Object.entries(reference.cases)) {
  test(`${name}: loss and gradients equal PEFT's (${reference.peft})`, async () => {
    const spec = tinyAdapter(config, { task, targets, ...(pooling && { pooling }) })
    const plan = planOf(spec, { outputs: 3, lengthMax: 16 })
    assert.deepEqual(
      plan.parameters.map(parameter => parameter.name).sort(),
      Object.keys(expected.gradients).sort(),
    )
    const loss = { loss: 'cross-entropy', smoothing: 0, placesMax: 3 } as const
    const open = await openGraph(adapterTrainingGraph(plan, filledBase(plan), { rows, length, ...loss }), 1)
    const outputs = await open.run(feedsOf(plan))
    await open.close()
    const numbersOf = (output: string): number[] => Array.from(outputs[output]!.data as Float32Array)
    assertClose(numbersOf('loss'), [expected.loss], 2e-6, 'loss')
    for (const [parameter, gradient] of Object.entries(expected.gradients)) {
      const error = relativeError(numbersOf(gradientName(parameter)), gradient)
      assert.ok(error <= 5e-5, `${parameter}: ${error}`)
    }
  })
}

function relativeError(found: readonly number[], expected: readonly number[]): number {
  assert.equal(found.length, expected.length)
  const length = Math.hypot(...expected)
  assert.ok(length > 1e-4, 'there is something to compare')
  return Math.hypot(...found.map((value, at) => value - expected[at]!)) / length
}
