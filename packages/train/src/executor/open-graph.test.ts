import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Tensor } from 'onnxruntime-node'
import { type FrozenTensor, Graph } from '../graph/graph.ts'
import { encodeGraph } from '../onnx/encode-graph.ts'
import { add, mul } from '../ops/elementwise.ts'
import { matmul } from '../ops/linear.ts'
import { openGraph } from './open-graph.ts'

const numbers = Float32Array.from({ length: 12 }, (_, index) => index - 5)

/** x·W + b with frozen W [3, 4] and b [4]. */
function affine(weight: FrozenTensor, bias: FrozenTensor): Graph {
  const graph = new Graph()
  const x = graph.input('x', [2, 3])
  graph.output('y', add(matmul(x, graph.frozen('weight', weight)), graph.frozen('bias', bias)))
  return graph
}

const bias = { shape: [4], data: Float32Array.of(1, 2, 3, 4) }
const x = Float32Array.of(1, 2, 3, -1, 0.5, 2)
const expected = Array.from({ length: 8 }, (_, at) => {
  const [row, column] = [Math.floor(at / 4), at % 4]
  return [0, 1, 2].reduce((sum, k) => sum + x[3 * row + k]! * numbers[4 * k + column]!, bias.data[column]!)
})

async function run(graph: Graph): Promise<number[]> {
  const open = await openGraph(graph, 1)
  try {
    const { y } = await open.run({ x: new Tensor('float32', x, [2, 3]) })
    return Array.from(y!.data as Float32Array)
  } finally {
    await open.close()
  }
}

test('frozen numbers in memory, also in memory that threads share, are fed from where they lie', async () => {
  const shared = new Float32Array(new SharedArrayBuffer(48))
  shared.set(numbers)
  for (const data of [numbers, shared])
    assert.deepEqual(await run(affine({ shape: [3, 4], data }, bias)), expected)
})

test('frozen numbers on disk are read from their place, whatever lies around them', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'frozen-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'a base.safetensors')
  const file = Buffer.concat([Buffer.alloc(104, 9), Buffer.from(numbers.buffer), Buffer.alloc(5000, 7)])
  writeFileSync(path, file)
  const weight = { shape: [3, 4], data: { path, offset: 104, bytes: 48 } }
  assert.deepEqual(await run(affine(weight, bias)), expected)
  const elsewhere = { shape: [4], data: { path: '/nowhere/else', offset: 0, bytes: 16 } }
  await assert.rejects(run(affine(weight, elsewhere)), /2 folders/)
})

test('a file with frozen numbers does not grow by them', () => {
  const large = { shape: [3, 4], data: numbers }
  const bytes = encodeGraph(affine(large, bias)).length
  const graph = new Graph()
  const input = graph.input('x', [2, 300])
  const frozen = graph.frozen('weight', { shape: [300, 400], data: new Float32Array(120_000) })
  graph.output('y', mul(matmul(input, frozen), 1))
  assert.ok(encodeGraph(graph).length < bytes + 100)
})
