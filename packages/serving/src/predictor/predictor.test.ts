import assert from 'node:assert/strict'
import test from 'node:test'
import { inputShapeOf, isRefusal, parseRecipe, type RecipeInput, type RefusalCode } from '@consort/protocol'
import { exportModel, initialWeights, planModel } from '@consort/train'
import { openScorer, runExported } from '@consort/train/engine'
import { openPredictor } from './predictor.ts'

const table = {
  recipe: 1,
  name: 'plane',
  dataset: 'plane',
  task: { kind: 'classification', classes: ['a', 'b', 'c'] },
  input: {
    kind: 'table',
    features: [
      { name: 'x', kind: 'number' },
      { name: 'y', kind: 'number' },
    ],
  },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 16, activation: 'tanh' }] },
} as const satisfies RecipeInput

const pictures = {
  ...table,
  input: { kind: 'images', height: 8, width: 8, mean: 0.3, deviation: 0.4 },
  model: {
    kind: 'cnn',
    layers: [
      { kind: 'conv', filters: 4, kernel: 3 },
      { kind: 'max-pool', size: 2 },
    ],
  },
} as const satisfies RecipeInput

function modelOf(input: RecipeInput) {
  const recipe = parseRecipe(input)
  return { recipe, weights: initialWeights(planModel(recipe), 1) }
}

/** `rows` inputs that repeat themselves nowhere. */
function inputsOf(rows: number, size: number, scale = 1): Float32Array {
  return Float32Array.from({ length: rows * size }, (_, index) => scale * Math.abs(Math.sin(1 + index * 1.7)))
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-6): void {
  assert.equal(actual.length, expected.length)
  for (let index = 0; index < expected.length; index++) {
    assert.ok(Math.abs(actual[index]! - expected[index]!) <= within, `${actual[index]} ≠ ${expected[index]}`)
  }
}

test('many requests at once give what each of them gives alone', async () => {
  for (const [input, scale] of [[table, 3] as const, [pictures, 255] as const]) {
    const { recipe, weights } = modelOf(input)
    const size = inputShapeOf(recipe.input).reduce((product, dimension) => product * dimension, 1)
    const rows = 100
    const inputs = inputsOf(rows, size, scale)
    const row = (index: number) => inputs.slice(index * size, (index + 1) * size)
    await using predictor = await openPredictor({ recipe, weights })
    const together = await Promise.all(
      Array.from({ length: rows }, (_, index) => predictor.score(row(index), 1)),
    )
    await using alone = await openPredictor({ recipe, weights }, { rowsMax: 1 })
    for (let index = 0; index < rows; index += 7) {
      assertNear(together[index]!, await alone.score(row(index), 1))
    }
    assertNear(
      together.flatMap(scores => [...scores]),
      await predictor.score(inputs, rows),
    )
  }
})

test('scores are those of the pipeline of training, and of the exported file', async () => {
  const { recipe, weights } = modelOf(pictures)
  const pixels = Uint8Array.from({ length: 64 * 3 }, (_, index) => (index * 37) % 256)
  const examples = { count: 3, inputShape: [1, 8, 8], inputs: pixels, labels: new Int32Array(3) }
  const scorer = await openScorer(recipe, examples)
  const trained = await scorer.score(weights)
  await scorer.close()
  await using predictor = await openPredictor({ recipe, weights })
  assertNear(await predictor.score(Float32Array.from(pixels), 3), trained, 1e-5)
  const onnx = exportModel(recipe, weights, 'ver_0')
  const exported = await runExported(onnx, Float32Array.from(pixels), [3, 1, 8, 8])
  await using fromFile = await openPredictor({ onnx })
  assert.deepEqual(fromFile.classes, ['a', 'b', 'c'])
  assertNear(await fromFile.score(Float32Array.from(pixels), 3), exported.scores!)
})

test('a single output is the log-odds of the second class', async () => {
  const { recipe, weights } = modelOf({
    ...table,
    task: { kind: 'classification', classes: ['no', 'yes'] },
    loss: 'binary-cross-entropy',
    model: { kind: 'logistic' },
  })
  weights.set([2, -1, 0.5])
  const onnx = exportModel(recipe, weights, 'ver_0')
  const { probabilities } = await runExported(onnx, Float32Array.of(0.3, 0.7), [1, 2])
  await using predictor = await openPredictor({ recipe, weights })
  const [zero, logOdds] = await predictor.score(Float32Array.of(0.3, 0.7), 1)
  assert.equal(zero, 0)
  assertNear([1 / (1 + Math.exp(-logOdds!))], [probabilities![1]!])
})

test('what is under way is finished before a predictor closes; afterwards it refuses', async () => {
  const { recipe, weights } = modelOf(table)
  const predictor = await openPredictor({ recipe, weights })
  const scores = Array.from({ length: 40 }, () => predictor.score(inputsOf(1, 2), 1))
  await predictor[Symbol.asyncDispose]()
  assert.equal((await Promise.all(scores)).length, 40)
  await assert.rejects(predictor.score(inputsOf(1, 2), 1), { code: 'busy' })
})

test('models of numbers and foreign files are refused', async () => {
  const regression = modelOf({ ...table, task: { kind: 'regression' }, evaluation: { metrics: ['loss'] } })
  const refused = (code: RefusalCode) => (error: unknown) => isRefusal(error, code)
  await assert.rejects(openPredictor(regression), refused('data-mismatch'))
  await assert.rejects(openPredictor({ onnx: Uint8Array.of(1, 2, 3) }), refused('weights-invalid'))
})
