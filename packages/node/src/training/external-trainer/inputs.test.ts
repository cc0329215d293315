import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { parseTensors, presetRecipe } from '@consort/protocol'
import { type AnyExamples, type Examples, planModel } from '@consort/train'
import { dataTensors } from './data-tensors.ts'
import { writeInputs } from './inputs.ts'

const fileOf = (pieces: Iterable<Uint8Array>): Buffer =>
  Buffer.concat(Array.from(pieces, piece => Buffer.from(piece)))

function read(file: Buffer): { header: unknown; data: Buffer } {
  const start = 8 + Number(file.readBigUInt64LE())
  return { header: JSON.parse(file.toString('utf8', 8, start)), data: file.subarray(start) }
}

const recipe = presetRecipe('mnist-cnn')
assert.ok(recipe.input.kind === 'images')
const scaled = { ...recipe, input: { ...recipe.input, height: 300, width: 500, mean: 0.5, deviation: 0.25 } }

test('pictures become the floats that the engine sees, also over the end of a piece', () => {
  const inputs = Uint8Array.from({ length: 2 * 300 * 500 }, (_, index) => (index * 31) % 256)
  const examples: Examples = { count: 2, inputShape: [1, 300, 500], inputs, labels: Int32Array.of(3, 9) }
  const { header, data } = read(fileOf(dataTensors(scaled, examples)))
  assert.deepEqual(header, {
    labels: { dtype: 'I64', shape: [2], data_offsets: [0, 16] },
    inputs: { dtype: 'F32', shape: [2, 1, 300, 500], data_offsets: [16, 16 + 4 * inputs.length] },
  })
  assert.deepEqual([data.readBigInt64LE(0), data.readBigInt64LE(8)], [3n, 9n])
  assert.equal(data.length, 16 + 4 * inputs.length)
  for (let i = 0; i < inputs.length; i++) {
    if (data.readFloatLE(16 + 4 * i) !== Math.fround((inputs[i]! / 255 - 0.5) / 0.25))
      assert.fail(`pixel ${i}`)
  }
})

test('columns and numbers to predict are passed on as they are', () => {
  const inputs = Float32Array.of(1, 2, 3, 4, 5, 6)
  const examples: Examples = { count: 3, inputShape: [2], inputs, labels: Float32Array.of(0.5, -1, 2) }
  const tensors = parseTensors(fileOf(dataTensors(presetRecipe('table-mlp'), examples)))
  assert.deepEqual(tensors, [
    { name: 'labels', shape: [3], data: Float32Array.of(0.5, -1, 2) },
    { name: 'inputs', shape: [3, 2], data: inputs },
  ])
})

test('rows that stay in their columns are written as the same floats, also over the end of a piece', () => {
  const count = 150_000
  const values = Float64Array.from({ length: count }, (_, row) => row / 8)
  const rows = Int32Array.from({ length: count }, (_, place) => count - 1 - place)
  const column = (slot: number, scale: number) =>
    ({ kind: 'numbers', values, slot, center: 1, scale, missing: { slot, value: 0 } }) as const
  const examples: AnyExamples = {
    ...{ count, inputShape: [2], labels: new Float32Array(count) },
    inputs: { rows, columns: [column(0, 2), column(1, -1)] },
  }
  const [, inputs] = parseTensors(fileOf(dataTensors(presetRecipe('table-mlp'), examples)))
  const expected = Float32Array.from({ length: 2 * count }, (_, index) => {
    const value = (count - 1 - (index >> 1)) / 8 - 1
    return index % 2 === 0 ? value / 2 : -value
  })
  assert.deepEqual(inputs, { name: 'inputs', shape: [count, 2], data: expected })
})

test('the task says what to do, and nobody else may read the files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-inputs-'))
  try {
    const table = presetRecipe('table-logistic')
    const { layout } = planModel(table)
    const [width] = planModel(table).inputShape
    const examples = {
      count: 1,
      inputShape: [width!],
      inputs: new Float32Array(width!),
      labels: Int32Array.of(1),
    }
    const weights = new Float32Array(layout.size).fill(0.5)
    const task = { recipe: table, round: 2, rounds: 5, epochs: 3, seed: 7 }
    await writeInputs(folder, { ...task, layout, weights, examples, withinMs: () => 1500 })
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8')), {
      contract: 1,
      ...JSON.parse(JSON.stringify(task)),
      examples: 1,
      deadlineSeconds: 1.5,
      files: {
        weights: 'weights.safetensors',
        data: 'data.safetensors',
        update: 'update.safetensors',
        metrics: 'metrics.json',
      },
    })
    const kept = parseTensors(readFileSync(join(folder, 'weights.safetensors')))
    assert.deepEqual(
      kept.map(({ name, shape }) => [name, shape]),
      layout.tensors.map(({ name, shape }) => [name, shape]),
    )
    assert.ok(kept.every(({ data }) => data.every(value => value === 0.5)))
    for (const name of ['task.json', 'weights.safetensors', 'data.safetensors'])
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
