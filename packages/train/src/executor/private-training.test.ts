import assert from 'node:assert/strict'
import test from 'node:test'
import { type Entropy, parseRecipe, type Recipe } from '@consort/protocol'
import type { Examples } from '@consort/records'
import { drawWeights, initialWeights } from '../model/initial-weights.ts'
import { planModel } from '../model/model-plan.ts'
import { norm } from '../testing/example-loop.ts'
import { numbers } from '../testing/run-graph.ts'
import { seededEntropy } from '../testing/seeded-entropy.ts'
import { createParameterMemory } from '../training/parameter-memory.ts'
import { samplingPlan } from '../training/sampling-plan.ts'
import { openEngine } from '../worker/engine.ts'
import { openClippedStep } from './clipped-step.ts'
import { openScorer } from './scorer.ts'
import { openTrainer } from './trainer.ts'

const request = { epochs: 1, seed: 7, progress: [0, 1], proximal: 0 } as const

interface Change {
  clip?: number
  noiseMultiplier?: number
  [field: string]: unknown
}

/**
 * A small network on pictures of 10 × 10 that is trained by plain descent with rate 1, so that steps show gradients.
 */
function recipeOf({ clip = 1, noiseMultiplier = 1, ...change }: Change = {}): Recipe {
  return parseRecipe({
    recipe: 1,
    name: 'private',
    dataset: 'private',
    task: { kind: 'classification', classes: ['a', 'b', 'c', 'd'] },
    input: { kind: 'images', height: 10, width: 10, shift: 1 },
    model: {
      kind: 'cnn',
      layers: [
        { kind: 'conv', filters: 8, kernel: 3, activation: 'tanh' },
        { kind: 'max-pool', size: 2 },
        { kind: 'dropout', rate: 0.2 },
        { kind: 'dense', units: 16, activation: 'tanh' },
      ],
    },
    optimiser: { kind: 'sgd', learningRate: 1 },
    batchSize: 16,
    privacy: { differentialPrivacy: { clip, noiseMultiplier } },
    ...change,
  })
}

/** Each class is bright in a quarter of its own; `equal` ones are copies of one record. */
function pictures(count: number, { equal = false } = {}): Examples {
  const labels = Int32Array.from({ length: count }, (_, row) => (equal ? 1 : row % 4))
  const noise = numbers([count, 100], 3, 0, 120)
  const inputs = Uint8Array.from(noise, (value, index) => {
    const [row, place] = [Math.floor(index / 100), index % 100]
    const quarter = (place >= 50 ? 2 : 0) + (place % 10 >= 5 ? 1 : 0)
    return (quarter === labels[row] ? 130 : 0) + (equal ? noise[place]! : value)
  })
  return { count, inputShape: [1, 10, 10], inputs, labels }
}

/** How far single steps from the same weights go, in as many calls. */
async function singleSteps(recipe: Recipe, examples: Examples, of: { count: number; entropy?: Entropy }) {
  const trainer = await openTrainer(recipe, examples, 1, of.entropy)
  const weights = initialWeights(trainer.plan, 1)
  const epochs = recipe.batchSize / examples.count
  const moves: Float32Array[] = []
  for (let call = 0; call < of.count; call++) {
    const result = await trainer.train({ ...request, epochs, weights })
    assert.equal(result.steps, 1)
    moves.push(result.weights.map((value, index) => weights[index]! - value))
  }
  await trainer.close()
  return moves
}

test('⌈epochs·N/B⌉ steps are taken and told with q and σ, and no loss', async () => {
  const recipe = recipeOf({ noiseMultiplier: 1.1 })
  const trainer = await openTrainer(recipe, pictures(101))
  const weights = initialWeights(trainer.plan, 1)
  const result = await trainer.train({ ...request, epochs: 3, weights })
  await trainer.close()
  assert.equal(result.loss, undefined)
  assert.equal(result.steps, 19) // 303 / 16
  assert.deepEqual(result.mechanism, samplingPlan(recipe, { examples: 101, epochs: 3 }))
  const { steps, sampleRate, noiseMultiplier } = result.mechanism!
  assert.deepEqual([steps, sampleRate], [19, 16 / 101])
  assert.ok(Math.abs(noiseMultiplier / 1.1 - 1) < 0.002, `${noiseMultiplier}`)
  assert.equal(samplingPlan(recipeOf({ privacy: {} }), { examples: 101, epochs: 3 }), undefined)
  assert.equal(samplingPlan(recipe, { examples: 10, epochs: 1 })!.sampleRate, 1)
})

test('two trainings from one seed differ; only the entropy decides', async () => {
  const recipe = recipeOf()
  const trained = async (seed: number, entropy?: Entropy): Promise<Float32Array> => {
    const trainer = await openTrainer(recipe, pictures(64), 1, entropy)
    const { weights } = await trainer.train({ ...request, seed, weights: initialWeights(trainer.plan, 1) })
    await trainer.close()
    return weights
  }
  assert.notDeepEqual(await trained(7), await trained(7))
  assert.deepEqual(await trained(7, seededEntropy('one')), await trained(8, seededEntropy('one')))
  assert.notDeepEqual(await trained(7, seededEntropy('one')), await trained(7, seededEntropy('two')))
})

/** Asserts that values look like N(0, deviation²): two thousand and more of them, so within 6 %. */
function assertNoise(values: readonly number[], deviation: number): void {
  const seen = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  assert.ok(Math.abs(seen / deviation - 1) < 0.06, `deviation ${seen}, expected ${deviation}`)
  assert.ok(
    Math.abs(mean) < (5 * deviation) / Math.sqrt(values.length),
    `mean ${mean} at deviation ${deviation}`,
  )
}

test('a step whose batch is empty is noise of σ·C/B', async () => {
  const recipe = recipeOf({ clip: 3, noiseMultiplier: 0.7, batchSize: 1 })
  const moves = await singleSteps(recipe, pictures(1e4), { count: 4, entropy: seededEntropy('empty') })
  const deviation = 0.7 * 3
  const empty = moves.filter(move => Math.abs(norm(move) / Math.sqrt(move.length) / deviation - 1) < 0.2)
  const values = moves.flatMap(move => [...move])
  assert.equal(empty.length, 4)
  assertNoise(values, deviation)
  assert.throws(() =>
    assertNoise(
      values.map(value => value / 10),
      deviation,
    ),
  )
  assert.throws(() =>
    assertNoise(
      values.map(value => value * 1.1),
      deviation,
    ),
  )
  assert.throws(() =>
    assertNoise(
      values.map(value => value + deviation),
      deviation,
    ),
  )
})

/** Asserts that steps are whole numbers of records, each worth C/B, and that these numbers are binomial. */
function assertCounts(counts: readonly number[], { batch, rate }: { batch: number; rate: number }): void {
  for (const count of counts) assert.ok(Math.abs(count - Math.round(count)) < 0.01, `${count} records`)
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)
  const expected = batch * (1 - rate)
  const error = Math.sqrt(expected / counts.length)
  assert.ok(Math.abs(mean - batch) < 5 * error, `${mean} records on average, expected ${batch}`)
  const spread = 5 * expected * Math.sqrt(2 / counts.length)
  assert.ok(Math.abs(variance - expected) < spread, `variance ${variance}, expected ${expected}`)
}

test('batches are binomial, and their clipped sum is divided by the expected size', async () => {
  const input = { kind: 'images', height: 10, width: 10 }
  const recipe = recipeOf({ clip: 0.01, noiseMultiplier: 1e-5, input, model: { kind: 'logistic' } })
  const moves = await singleSteps(recipe, pictures(64, { equal: true }), {
    count: 200,
    entropy: seededEntropy('q'),
  })
  const counts = moves.map(move => (norm(move) * 16) / 0.01)
  const expected = { batch: 16, rate: 1 / 4 }
  assertCounts(counts, expected)
  const broken = {
    'divided by the actual batch': counts.map(() => 16),
    'always the same size': counts.map((_, index) => 16 + (index % 2)),
    'clipped after the sum': counts.map(() => 1),
    'twice the rate': counts.map(count => 2 * count),
  }
  for (const [fault, wrong] of Object.entries(broken))
    assert.throws(() => assertCounts(wrong, expected), fault)
})

test('a batch in several micro-batches has the gradient of one pass, and is never cut short', async () => {
  const input = { kind: 'images', height: 10, width: 10 }
  const model = { kind: 'cnn', layers: [{ kind: 'conv', filters: 4, kernel: 3, activation: 'relu' }] }
  const examples = pictures(203)
  const recipe = recipeOf({ clip: 0.5, noiseMultiplier: 1e-6, input, model, batchSize: 1000 })
  const [move] = await singleSteps(recipe, examples, { count: 1, entropy: seededEntropy('parts') })

  const plan = planModel(recipe)
  const memory = createParameterMemory(plan.layout.size, {
    moments: false,
    squares: false,
    anchor: false,
    part: true,
  })
  drawWeights(plan, 1)(memory.parameters)
  const clipping = { clip: 0.5, divisor: 203 }
  const step = await openClippedStep(plan, {
    loss: 'cross-entropy',
    clipping,
    rowsMax: 208,
    memory,
    threads: 1,
  })
  const batch = step.batch(208)
  batch.inputs.set(Float32Array.from(examples.inputs, byte => byte / 255))
  batch.labels.set(examples.labels)
  batch.weights.fill(1, 0, 203)
  await step.run(208, 'gradients')
  await step.close()
  const apart = norm(move!.map((value, index) => value - memory.gradients[index]!)) / norm(memory.gradients)
  assert.ok(apart < 1e-4, `${apart}`)
})

test('a strong proximal term holds the weights back from the noise', async () => {
  const recipe = recipeOf({
    optimiser: { kind: 'sgd', learningRate: 0.05 },
    federation: { strategy: { kind: 'fedprox', mu: 10 } },
  })
  const trainer = await openTrainer(recipe, pictures(64))
  const weights = initialWeights(trainer.plan, 1)
  const distance = async (proximal: number): Promise<number> => {
    const { weights: after } = await trainer.train({ ...request, epochs: 10, weights, proximal })
    return norm(after.map((value, index) => value - weights[index]!))
  }
  const [free, held] = [await distance(0), await distance(10)]
  assert.ok(held < free / 2, `${held} against ${free}`)
  await trainer.close()
})

test('it learns, in the engine’s thread too', async () => {
  const examples = pictures(400)
  const recipe = recipeOf({
    noiseMultiplier: 0.6,
    optimiser: { kind: 'adam', learningRate: 0.01 },
    batchSize: 50,
  })
  const weights = initialWeights(planModel(recipe), 1)
  await using engine = await openEngine({ recipe, threads: 1, data: { train: examples } })
  const result = await engine.train('train', { ...request, epochs: 12, weights })
  assert.equal(result.mechanism!.steps, 96)
  const scorer = await openScorer(recipe, examples)
  const accuracy = async (of: Float32Array) => (await scorer.evaluate(of)).values.accuracy!
  const [before, after] = [await accuracy(weights), await accuracy(result.weights)]
  assert.ok(after > 0.9 && before < 0.6, `${before} to ${after}`)
  await scorer.close()
})
