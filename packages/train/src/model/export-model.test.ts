import assert from 'node:assert/strict'
import test from 'node:test'
import { parseRecipe, presetRecipe, type Recipe } from '@consort/protocol'
import { runExported } from '../executor/run-exported.ts'
import { openScorer } from '../executor/scorer.ts'
import { initializersOf } from '../onnx/initializers.ts'
import { assertClose, numbers } from '../testing/run-graph.ts'
import { exportedOrigin, exportModel } from './export-model.ts'
import { initialWeights } from './initial-weights.ts'
import { planModel } from './model-plan.ts'

test('an exported picture model takes raw pixels in any batch and scores as the scorer does', async () => {
  const recipe = parseRecipe({
    ...presetRecipe('mnist-cnn'),
    input: { kind: 'images', height: 28, width: 28, mean: 0.13, deviation: 0.31 },
  })
  const weights = initialWeights(planModel(recipe), 5)
  const onnx = exportModel(recipe, weights, 'ver_test')
  for (const count of [1, 7]) {
    const pixels = Uint8Array.from(numbers([count, 784], 2, 0, 255))
    const labels = new Int32Array(count)
    const scorer = await openScorer(recipe, { count, inputShape: [1, 28, 28], inputs: pixels, labels })
    const expected = await scorer.score(weights)
    await scorer.close()
    const { scores, probabilities } = await runExported(onnx, Float32Array.from(pixels), [count, 1, 28, 28])
    assertClose(scores!, expected, 1e-5, 'scores')
    for (let row = 0; row < count; row++) {
      const sum = probabilities!.subarray(row * 10, (row + 1) * 10).reduce((total, p) => total + p, 0)
      assert.ok(Math.abs(sum - 1) < 1e-5)
    }
  }
  const origin = exportedOrigin(onnx)
  assert.deepEqual(origin.recipe, recipe)
  assert.equal(origin.version, 'ver_test')
})

test('the weights of an exported model are read back, and files without them refused', () => {
  const recipe = presetRecipe('table-logistic')
  const plan = planModel(recipe)
  const weights = numbers([plan.layout.size], 4)
  const onnx = exportModel(recipe, weights, 'v')
  const found = initializersOf(onnx)
  for (const { name, shape, offset, size } of plan.layout.tensors) {
    assert.deepEqual(found.get(name), { shape, values: weights.slice(offset, offset + size) })
  }
  for (const broken of [onnx.subarray(0, -1), Uint8Array.of(7, 7, 7), new TextEncoder().encode('{}')]) {
    assert.throws(() => initializersOf(broken), { code: 'weights-invalid' })
  }
})

test('the sigmoid classifier exports two probabilities', async () => {
  const recipe = presetRecipe('table-logistic')
  const weights = Float32Array.from({ length: planModel(recipe).layout.size }, (_, index) => index / 3 - 0.5)
  const { scores, probabilities } = await runExported(
    exportModel(recipe, weights, 'v'),
    numbers([2, 5], 1),
    [2, 5],
  )
  const positive = Array.from(scores!, score => 1 / (1 + Math.exp(-score)))
  assertClose(
    probabilities!,
    positive.flatMap(p => [1 - p, p]),
    1e-6,
    'probabilities',
  )
})

test('regression answers in the label’s own unit, and raw scores need no probabilities', async () => {
  const base = presetRecipe('table-mlp')
  const regression: Recipe = parseRecipe({ ...base, task: { kind: 'regression', center: 10, scale: 4 } })
  const raw = await runExported(
    exportModel(regression, new Float32Array(planModel(regression).layout.size), 'v'),
    numbers([2, 3], 1),
    [2, 3],
  )
  assert.deepEqual([...raw.scores!], [10, 10])
  const scoresOnly = parseRecipe({ ...base, export: { output: 'scores' } })
  const plain = await runExported(
    exportModel(scoresOnly, initialWeights(planModel(scoresOnly), 1), 'v'),
    numbers([1, 3], 1),
    [1, 3],
  )
  assert.deepEqual(Object.keys(plain), ['scores'])
})

test('a file from elsewhere is refused', () => {
  assert.throws(() => exportedOrigin(Buffer.from('not protobuf at all')), { code: 'weights-invalid' })
})

test('the embedding is what the last layer is given: the activations before it, or the features themselves', async () => {
  const recipe = parseRecipe({
    ...presetRecipe('mnist-cnn'),
    input: { kind: 'images', height: 28, width: 28, mean: 0.13, deviation: 0.31 },
  })
  const plan = planModel(recipe)
  const weights = initialWeights(plan, 5)
  const count = 3
  const pixels = Float32Array.from(numbers([count, 784], 2, 0, 255)).map(Math.floor)
  const onnx = exportModel(recipe, weights, 'ver_test', { embedding: true })
  const { scores, embedding } = await runExported(onnx, pixels, [count, 1, 28, 28])
  const plain = await runExported(exportModel(recipe, weights, 'ver_test'), pixels, [count, 1, 28, 28])
  assert.deepEqual(Object.keys(plain), ['scores', 'probabilities'])
  assert.deepEqual(scores, plain.scores)
  const find = (name: string) => {
    const { offset, size } = plan.layout.tensors.find(tensor => tensor.name === name)!
    return weights.subarray(offset, offset + size)
  }
  const [weight, bias] = [find('output.weight'), find('output.bias')]
  const width = weight.length / bias.length
  assert.equal(embedding!.length, count * width)
  const expected = Float32Array.from({ length: count * bias.length }, (_, index) => {
    const [row, output] = [Math.floor(index / bias.length), index % bias.length]
    let sum = bias[output]!
    for (let i = 0; i < width; i++) sum += weight[output * width + i]! * embedding![row * width + i]!
    return sum
  })
  assertClose(scores!, expected, 1e-4, 'the last layer of the embedding')

  const table = presetRecipe('table-logistic')
  const tableWeights = initialWeights(planModel(table), 1)
  const [size] = planModel(table).inputShape as [number]
  const inputs = Float32Array.from(numbers([2, size], 3))
  const direct = await runExported(exportModel(table, tableWeights, '', { embedding: true }), inputs, [
    2,
    size,
  ])
  assert.deepEqual(direct.embedding, inputs)
})
