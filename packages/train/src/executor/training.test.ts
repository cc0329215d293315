import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { parseRecipe, type RecipeInput, Refusal } from '@consort/protocol'
import type { Examples } from '@consort/records'
import { initialWeights } from '../model/initial-weights.ts'
import { planModel } from '../model/model-plan.ts'
import { assertClose, numbers } from '../testing/run-graph.ts'
import { openEngine } from '../worker/engine.ts'
import { openScorer } from './scorer.ts'
import { openTrainer } from './trainer.ts'

const reference: { training: number[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference.json', import.meta.url), 'utf8'),
)

/** The network of fixtures/generate.py. */
const network = {
  recipe: 1,
  name: 'reference',
  dataset: 'reference',
  task: { kind: 'classification', classes: ['a', 'b', 'c'] },
  input: { kind: 'images', height: 15, width: 15 },
  model: {
    kind: 'cnn',
    layers: [
      { kind: 'conv', filters: 4, kernel: 3, padding: 1, activation: 'relu' },
      { kind: 'max-pool', size: 2 },
      { kind: 'conv', filters: 6, kernel: 3, stride: 2, groups: 2, activation: 'tanh' },
      { kind: 'max-pool', size: 2, stride: 1 },
      { kind: 'dense', units: 8, activation: 'relu' },
    ],
  },
  optimiser: { kind: 'adam', learningRate: 0.01 },
  batchSize: 8,
} as const satisfies RecipeInput

const five: Examples = {
  count: 5,
  inputShape: [1, 15, 15],
  inputs: numbers([5, 1, 15, 15], 40),
  labels: Int32Array.of(0, 1, 2, 1, 0),
}

test('ten steps of a small network, a partial batch each, have PyTorch’s losses', async () => {
  const recipe = parseRecipe(network)
  const trainer = await openTrainer(recipe, five)
  let salt = 20
  for (const { offset, shape } of trainer.plan.layout.tensors) {
    trainer.stepper.parameters.set(numbers(shape, salt++, -0.5, 0.5), offset)
  }
  const { batch } = trainer.stepper
  batch.inputs.set(five.inputs)
  batch.labels.set(five.labels)
  batch.weights.fill(1 / 5, 0, 5)
  const losses: number[] = []
  for (let step = 0; step < 10; step++) losses.push(await trainer.stepper.step(0.01))
  assertClose(losses, reference.training, 2e-5, 'losses')
  await trainer.close()
})

const request = { epochs: 3, seed: 7, progress: [0, 1], proximal: 0 } as const

/** Four classes in the plane, enough for two uneven batches. */
function clusters(count: number): Examples {
  const noise = numbers([count, 2], 3, -0.6, 0.6)
  const labels = Int32Array.from({ length: count }, (_, index) => index % 4)
  const inputs = noise.map((value, index) => {
    const label = labels[Math.floor(index / 2)]!
    return value + (index % 2 === 0 ? (label & 1) * 2 - 1 : (label & 2) - 1)
  })
  return { count, inputShape: [2], inputs, labels }
}

const planar = {
  recipe: 1,
  name: 'plane',
  dataset: 'plane',
  task: { kind: 'classification', classes: ['a', 'b', 'c', 'd'] },
  input: {
    kind: 'table',
    features: [
      { name: 'x', kind: 'number' },
      { name: 'y', kind: 'number' },
    ],
  },
  model: {
    kind: 'mlp',
    layers: [
      { kind: 'dense', units: 16, activation: 'tanh' },
      { kind: 'dropout', rate: 0.2 },
    ],
  },
  optimiser: { kind: 'adam', learningRate: 0.03 },
  schedule: { kind: 'cosine' },
  batchSize: 16,
} as const satisfies RecipeInput

test('training learns, repeats bit for bit from a seed, and differs for another', async () => {
  const recipe = parseRecipe(planar)
  const examples = clusters(101)
  const trainer = await openTrainer(recipe, examples)
  const scorer = await openScorer(recipe, examples)
  const weights = initialWeights(trainer.plan, 1)
  const first = await trainer.train({ ...request, epochs: 20, weights })
  const again = await trainer.train({ ...request, epochs: 20, weights })
  const other = await trainer.train({ ...request, epochs: 20, seed: 8, weights })
  assert.deepEqual(again.weights, first.weights)
  assert.equal(again.loss, first.loss)
  assert.notDeepEqual(other.weights, first.weights)
  assert.equal(first.steps, 20 * 7)
  const before = await scorer.evaluate(weights)
  const after = await scorer.evaluate(first.weights)
  assert.equal(after.examples, 101)
  assert.ok(after.values.accuracy! > 0.97 && before.values.accuracy! < 0.7, JSON.stringify([before, after]))
  await Promise.all([trainer.close(), scorer.close()])
})

test('without epochs the weights stay as they are', async () => {
  const trainer = await openTrainer(parseRecipe(planar), clusters(20))
  const weights = initialWeights(trainer.plan, 3)
  const result = await trainer.train({ ...request, epochs: 0, weights })
  assert.deepEqual(result, { weights, examples: 20, loss: undefined, steps: 0 })
  await trainer.close()
})

test('a strong proximal term keeps the weights near the round’s model', async () => {
  const recipe = parseRecipe({
    ...planar,
    optimiser: { kind: 'sgd', learningRate: 0.05 },
    federation: { strategy: { kind: 'fedprox', mu: 10 } },
  })
  const trainer = await openTrainer(recipe, clusters(64))
  const weights = initialWeights(trainer.plan, 1)
  const distance = async (proximal: number): Promise<number> => {
    const { weights: after } = await trainer.train({ ...request, epochs: 10, weights, proximal })
    return Math.hypot(...after.map((value, index) => value - weights[index]!))
  }
  const [free, held] = [await distance(0), await distance(10)]
  assert.ok(held < free / 3, `${held} against ${free}`)
  await trainer.close()
})

test('a diverging run is refused with a hint', async () => {
  const recipe = parseRecipe({
    ...planar,
    task: { kind: 'regression' },
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 100 },
  })
  const examples: Examples = { ...clusters(64), labels: new Float32Array(64).fill(1e30) }
  const trainer = await openTrainer(recipe, examples)
  const weights = initialWeights(trainer.plan, 1)
  await assert.rejects(trainer.train({ ...request, epochs: 50, weights }), (error: unknown) => {
    assert.ok(error instanceof Refusal)
    assert.equal(error.code, 'training-diverged')
    assert.match(error.hint!, /learning rate/)
    return true
  })
  await trainer.close()
})

test('the engine’s thread gives the weights that the caller’s thread gives, reports progress and can be stopped', async () => {
  const recipe = parseRecipe(planar)
  const examples = clusters(101)
  const trainer = await openTrainer(recipe, examples)
  const weights = initialWeights(planModel(recipe), 1)
  const here = await trainer.train({ ...request, weights })
  await trainer.close()

  await using engine = await openEngine({
    recipe,
    threads: 1,
    data: { train: examples, validation: clusters(9) },
  })
  const seen: number[] = []
  const there = await engine.train('train', { ...request, weights, onProgress: done => seen.push(done) })
  assert.deepEqual(there, here)
  assert.ok(seen.length > 0 && seen.every(done => done >= 0 && done <= 1))
  assert.equal((await engine.evaluate('validation', weights)).examples, 9)

  const controller = new AbortController()
  const endless = engine.train(
    'train',
    { ...request, epochs: 1e6, weights, onProgress: () => controller.abort() },
    controller.signal,
  )
  await assert.rejects(endless, { name: 'AbortError' })
  await assert.rejects(engine.evaluate('validation', weights), { name: 'AbortError' })
})

for (const mirror of [false, true]) {
  const what = mirror ? 'moved and mirrored' : 'moved'
  test(`a shifted picture is ${what} as a whole and nothing else changes`, () => checkShifted(mirror))
}

async function checkShifted(mirror: boolean): Promise<void> {
  const { createBatchFiller } = await import('../training/batch-filler.ts')
  const recipe = parseRecipe({
    ...network,
    input: { kind: 'images', height: 15, width: 15, shift: 2, mirror, mean: 0.5, deviation: 0.5 },
  })
  const pixels = Uint8Array.from({ length: 225 }, (_, index) => (index * 37) % 251)
  const fill = createBatchFiller(recipe, {
    count: 1,
    inputShape: [1, 15, 15],
    inputs: pixels,
    labels: Int32Array.of(1),
  })
  const batch = {
    inputs: new Float32Array(450).fill(9),
    labels: new Int32Array(2).fill(9),
    weights: new Float32Array(2).fill(9),
  }
  const draws = [3, 1, 1] // down by 3 − 2 = 1, right by 1 − 2 = −1, mirrored where that is drawn
  fill(batch, Int32Array.of(0), { bits: () => 0, uniform: () => 0, integer: () => draws.shift()! })
  const scaled = (byte: number): number => Math.fround((byte / 255 - 0.5) / 0.5)
  for (let y = 0; y < 15; y++) {
    for (let x = 0; x < 15; x++) {
      const isInside = y >= 1 && x < 14
      const column = mirror ? 14 - (x + 1) : x + 1
      assert.equal(
        batch.inputs[y * 15 + x],
        isInside ? scaled(pixels[(y - 1) * 15 + column]!) : -1,
        `${y},${x}`,
      )
    }
  }
  assert.deepEqual([...batch.inputs.subarray(225)], new Array(225).fill(0))
  assert.deepEqual([...batch.labels, ...batch.weights], [1, 0, 1, 0])
}
