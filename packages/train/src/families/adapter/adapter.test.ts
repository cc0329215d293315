import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import {
  type AdapterSpec,
  type BaseConfig,
  type Recipe,
  type RecipeInput,
  recipeSchema,
} from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import type { FrozenTensors } from '../../graph/graph.ts'
import { assertClose } from '../../testing/run-graph.ts'
import { filledBase } from '../../testing/tiny-base.ts'
import { createOptimiser } from '../../training/optimiser.ts'
import { createParameterMemory } from '../../training/parameter-memory.ts'
import { openEngine } from '../../worker/engine.ts'
import { trainedParts } from '../families.ts'
import { planAdapter, planOf } from './adapter-plan.ts'
import { frozenTensors } from './frozen-tensors.ts'
import { openTokenStep } from './token-step.ts'
import { openTokenScorer, openTokenTrainer } from './token-trainer.ts'

const sizes = { vocabulary: 40, hidden: 16, layers: 2, heads: 4, intermediate: 24, positions: 64 }
const bert = { family: 'bert', ...sizes, normEpsilon: 1e-12, activation: 'gelu', tokenTypes: 2 } as const
const llama: BaseConfig = {
  ...sizes,
  family: 'llama',
  normEpsilon: 1e-5,
  activation: 'silu',
  keyValueHeads: 2,
  headSize: 4,
  rope: { theta: 10_000, scaling: null },
  tiedEmbeddings: true,
  attentionBias: false,
  feedForwardBias: false,
}
const sha256 = `sha256:${'7'.repeat(64)}` as const
const base = { name: 'tiny', sha256, config: bert }
const model: Extract<RecipeInput['model'], { kind: 'adapter' }> = {
  kind: 'adapter',
  base,
  task: 'classify',
  lora: { rank: 4, alpha: 8, targets: ['query', 'value'] },
}

function recipeOf(changes: Partial<RecipeInput> = {}): Recipe {
  return recipeSchema.parse({
    recipe: 1,
    name: 'letters',
    dataset: 'letters',
    task: { kind: 'classification', classes: ['a', 'b', 'c'] },
    input: { kind: 'text', tokenizer: { kind: 'base' }, lengthMax: 60 },
    model,
    optimiser: { kind: 'adamw', learningRate: 0.01 },
    batchSize: 16,
    ...changes,
  })
}

/** Texts of 3 to 50 tokens of which every second token tells the class. */
function examplesOf(count: number): AnyExamples {
  const texts = Array.from({ length: count }, (_, index) => {
    const length = 3 + ((index * 13) % 48)
    return Array.from({ length }, (_, place) =>
      place % 2 === 1 ? 5 + (index % 3) : 10 + ((index * 7 + place * 5) % 30),
    )
  })
  const starts = Int32Array.from([0, ...texts.map((_, index) => texts.slice(0, index + 1).flat().length)])
  const labels = Int32Array.from({ length: count }, (_, index) => index % 3)
  return { count, inputShape: [60], inputs: { starts, ids: Int32Array.from(texts.flat()) }, labels }
}

const request = { epochs: 1, seed: 3, progress: [0, 1], proximal: 0 } as const

test('layout, digest of the base and first weights follow from the recipe alone', () => {
  const parts = trainedParts(recipeOf())
  assert.equal(parts.frozen, sha256)
  const names = parts.layout.tensors.map(({ name }) => name)
  const query = 'base_model.model.bert.encoder.layer.0.attention.self.query'
  assert.deepEqual(names.slice(0, 2), [`${query}.lora_A.weight`, `${query}.lora_B.weight`])
  assert.deepEqual(names.slice(-2), [
    'base_model.model.classifier.weight',
    'base_model.model.classifier.bias',
  ])
  assert.equal(parts.layout.size, 2 * 2 * (4 * 16 + 16 * 4) + 3 * 16 + 3)
  const weights = parts.initialWeights(5)
  assert.deepEqual(weights, parts.initialWeights(5))
  assert.notDeepEqual(weights, parts.initialWeights(6))
  for (const { name, offset, size } of parts.layout.tensors) {
    const own = weights.subarray(offset, offset + size)
    const isZero = own.every(value => value === 0)
    assert.equal(isZero, name.endsWith('lora_B.weight') || name.endsWith('bias'), name)
    if (name.endsWith('lora_A.weight')) assert.ok(own.every(value => Math.abs(value) <= 1 / 4))
  }
})

const refused: readonly [string, Partial<RecipeInput>, RegExp][] = [
  [
    'a target that the base does not have',
    { model: { ...model, lora: { targets: ['q_proj'] } } },
    /targets\[0\].*query/,
  ],
  [
    'a module that would begin as in the base',
    { model: { ...model, lora: { targets: ['query'], modulesToSave: ['encoder.layer.0.output.dense'] } } },
    /modulesToSave\[0\].*only classifier/,
  ],
  [
    'texts longer than the base reads',
    { input: { kind: 'text', tokenizer: { kind: 'base' }, lengthMax: 65 } },
    /lengthMax.*reads 64 tokens, not 65/,
  ],
  ['a task that no run has yet', { model: { ...model, task: 'embed' } }, /model\.task/],
  [
    'differential privacy',
    { privacy: { differentialPrivacy: { clip: 1, noiseMultiplier: 1 } } as never },
    /differentialPrivacy/,
  ],
]

for (const [what, changes, message] of refused) {
  test(`${what}: refused by name`, () => {
    const hint = /Adapters of base models/
    assert.throws(() => trainedParts(recipeOf(changes)), { code: 'recipe-invalid', message, hint })
  })
}

test('contradictions within a recipe are refused by name', () => {
  const table = { kind: 'table', features: [{ kind: 'number', name: 'x' }] }
  const wrong: [unknown, RegExp][] = [
    [{ input: table }, /an adapter needs `input.kind: text`/],
    [{ input: { kind: 'text' } }, /an adapter needs .* with `tokenizer: {kind: base}`/],
    [{ model: { kind: 'logistic' } }, /only `model.kind: adapter` reads the tokens of a base/],
    [{ model: { ...model, task: 'generate' } }, /a bert reads whole texts/],
    [{ model: { ...model, base: { ...base, config: llama }, pooling: 'first' } }, /looks back only/],
    [{ model: { ...model, base: { ...base, config: { ...bert, heads: 3 } } } }, /no multiple of the heads/],
    [{ classWeights: [1, 2] }, /there are 3 classes/],
    [{ loss: 'squared-error', labelSmoothing: 0.1 }, /is for cross-entropy/],
  ]
  for (const [changes, message] of wrong) assert.throws(() => recipeOf(changes as never), message)
})

async function gradientOf(recipe: Recipe, examples: AnyExamples, indices: number[]) {
  const plan = planAdapter(recipe)
  const needs = { moments: false, squares: false, anchor: false, part: true }
  const memory = createParameterMemory(plan.layout.size, needs)
  memory.parameters.set(
    trainedParts(recipe)
      .initialWeights(1)
      .map((value, index) => value + 0.01 * ((index % 7) - 3)),
  )
  const optimiser = createOptimiser(recipe.optimiser, memory)
  const { inputs, labels } = examples
  assert.ok('ids' in inputs)
  const step = openTokenStep(plan, {
    recipe,
    base: filledBase(plan),
    examples: { inputs, labels },
    memory,
    optimiser,
    threads: 1,
  })
  const loss = await step.run(Int32Array.from(indices), undefined as never)
  await step.close()
  return { loss, gradient: Float64Array.from(memory.gradients) }
}

test('the gradient of a batch of all lengths is the mean of those of its texts, each alone', async () => {
  const examples = examplesOf(40)
  const all = Array.from({ length: 40 }, (_, index) => index)
  const together = await gradientOf(recipeOf(), examples, all)
  const apart = await Promise.all(all.map(index => gradientOf(recipeOf(), examples, [index])))
  const mean = together.gradient.map((_, at) =>
    apart.reduce((sum, { gradient }) => sum + gradient[at]! / 40, 0),
  )
  assertClose(together.gradient, mean, 1e-6, 'gradient')
  assertClose([together.loss], [apart.reduce((sum, { loss }) => sum + loss / 40, 0)], 1e-6, 'loss')
  assert.ok(together.gradient.some(value => Math.abs(value) > 1e-3))
})

test('class weights weigh examples, and all of a batch together 1', async () => {
  const examples = examplesOf(9)
  const classWeights = [1, 2, 5]
  const weighted = await gradientOf(recipeOf({ classWeights }), examples, [0, 1, 2, 3])
  const apart = await Promise.all([0, 1, 2, 3].map(index => gradientOf(recipeOf(), examples, [index])))
  const shares = [1, 2, 5, 1].map(weight => weight / 9)
  const mean = weighted.gradient.map((_, at) =>
    apart.reduce((sum, { gradient }, index) => sum + shares[index]! * gradient[at]!, 0),
  )
  assertClose(weighted.gradient, mean, 1e-6, 'gradient')
})

test('an adapter learns, and the same seed gives the same weights', async () => {
  const recipe = recipeOf({
    model: { ...model, lora: { rank: 4, alpha: 16, targets: ['query', 'value', 'dense'] } },
    optimiser: { kind: 'adamw', learningRate: 0.03 },
    schedule: { kind: 'linear' },
    gradientClip: 1,
    labelSmoothing: 0.05,
  })
  const examples = examplesOf(96)
  const options = { base: filledBase(planAdapter(recipe)) }
  const [trainer, scorer] = [
    await openTokenTrainer(recipe, examples, options),
    await openTokenScorer(recipe, examples, options),
  ]
  const weights = trainedParts(recipe).initialWeights(1)
  const before = await scorer.evaluate(weights)
  const trained = await trainer.train({ ...request, epochs: 30, weights })
  const after = await scorer.evaluate(trained.weights)
  assert.ok(before.values.accuracy! < 0.6, `${before.values.accuracy}`)
  assert.ok(after.values.accuracy! > 0.9, `${after.values.accuracy}`)
  assert.equal(trained.steps, 180)
  const again = await trainer.train({ ...request, epochs: 30, weights })
  assert.deepEqual(again.weights, trained.weights)
  await Promise.all([trainer.close(), scorer.close()])
})

test('a base on disk is mapped by the engine of a thread, and trains as one in memory', async context => {
  const recipe = recipeOf()
  const plan = planAdapter(recipe)
  const inMemory = filledBase(plan)
  const folder = mkdtempSync(join(tmpdir(), 'base-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'model.safetensors')
  const onDisk = written(path, inMemory)
  const read = async (name: string) => inMemory[name]!.data as Float32Array
  const half = await frozenTensors(recipe, {
    tensor: name => {
      const { shape, data } = onDisk[name]!
      assert.ok('path' in data)
      return { dtype: name.includes('layer.0') ? 'F16' : 'F32', shape, place: data }
    },
    read,
  })
  assert.ok(Object.values(half).some(({ data }) => 'path' in data))
  assert.ok(
    Object.values(half).some(({ data }) => 'length' in data && data.buffer instanceof SharedArrayBuffer),
  )
  const weights = trainedParts(recipe).initialWeights(1)
  const results = []
  for (const tensors of [inMemory, onDisk, half]) {
    await using engine = await openEngine({
      recipe,
      threads: 1,
      data: { train: examplesOf(20) },
      base: tensors,
    })
    results.push((await engine.train('train', { ...request, weights })).weights)
    results.push((await engine.evaluate('train', weights)).values.loss)
  }
  assert.deepEqual(results.slice(2, 4), results.slice(0, 2))
  assert.deepEqual(results.slice(4), results.slice(0, 2))
  assert.notDeepEqual(results[0], weights)
})

function written(path: string, tensors: FrozenTensors): FrozenTensors {
  let offset = 24
  const parts: Uint8Array[] = [new Uint8Array(offset)]
  const placed = Object.entries(tensors).map(([name, { shape, data }]) => {
    assert.ok('length' in data)
    const place = { path, offset, bytes: data.byteLength }
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    offset += data.byteLength
    return [name, { shape, data: place }] as const
  })
  writeFileSync(path, Buffer.concat(parts))
  return Object.fromEntries(placed)
}

test('what does not fit the base is refused, and no text is told', async () => {
  const recipe = recipeOf()
  const tensors = filledBase(planAdapter(recipe))
  const examples = examplesOf(4)
  const open = (change: Partial<AnyExamples>, base: FrozenTensors | undefined = tensors) =>
    openTokenTrainer(recipe, { ...examples, ...change }, { base })
  const rows = (starts: number[], ids: number[]) => ({
    starts: Int32Array.from(starts),
    ids: Int32Array.from(ids),
  })
  await assert.rejects(open({ inputs: rows([0, 2, 2], [1, 2]) }), {
    code: 'data-unreadable',
    message: /Example 2 has 0/,
  })
  await assert.rejects(
    open({ inputs: rows([0, 2], [1, 40]) }),
    /Example 1 has a token outside the 40 of tiny/,
  )
  await assert.rejects(
    open({ inputs: rows([0, 61], new Array(61).fill(1)) }),
    /has 61 tokens, and may have 1 to 60/,
  )
  await assert.rejects(open({ inputs: new Float32Array(240) }), /input.tokenizer/)
  await assert.rejects(openTokenTrainer(recipe, examples, {}), {
    code: 'weights-invalid',
    message: /is not here/,
  })
  const { 'embeddings.LayerNorm.bias': _, ...without } = tensors
  const other = { ...tensors, 'embeddings.LayerNorm.bias': { shape: [15], data: new Float32Array(15) } }
  const train = async (base: FrozenTensors): Promise<unknown> => {
    const trainer = await open({}, base)
    return await trainer.train({ ...request, weights: trainedParts(recipe).initialWeights(1) })
  }
  await assert.rejects(train(without), { code: 'weights-invalid', message: /LayerNorm.bias .* is missing/ })
  await assert.rejects(train(other), /is \[15\], not \[16\]/)
})

test('a loss that is not finite names step and tensor', async () => {
  const recipe = recipeOf()
  const plan = planAdapter(recipe)
  const trainer = await openTokenTrainer(recipe, examplesOf(20), { base: filledBase(plan) })
  const weights = trainedParts(recipe).initialWeights(1)
  weights[0] = Number.NaN
  await assert.rejects(trainer.train({ ...request, weights }), {
    code: 'training-diverged',
    message: /nor is the gradient of base_model.model.bert.encoder.layer.0.*in step 1 of 2/,
  })
  await trainer.close()
})

test('an adapter learns to write answers token by token', async () => {
  const spec: AdapterSpec = {
    ...model,
    base: { ...base, config: llama },
    task: 'generate',
    lora: { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj', 'down_proj'], modulesToSave: [] },
  }
  const plan = planOf(spec, { outputs: 0, lengthMax: 60 })
  const recipe = recipeOf({ optimiser: { kind: 'adam', learningRate: 0.03 } })
  const memory = createParameterMemory(plan.layout.size, {
    moments: true,
    squares: true,
    anchor: false,
    part: true,
  })
  const optimiser = createOptimiser(recipe.optimiser, memory)
  for (let index = 0; index < memory.parameters.length; index++)
    memory.parameters[index] = 0.1 * (((index * 5) % 7) - 3)
  // The third token is to be 9, whatever the first is; the second, which is 2, is not learnt.
  const ids = Int32Array.from({ length: 60 }, (_, at) => [10 + (Math.floor(at / 3) % 5), 2, 9][at % 3]!)
  const inputs = {
    starts: Int32Array.from({ length: 21 }, (_, index) => 3 * index),
    ids,
    learnt: Uint8Array.from({ length: 60 }, (_, at) => (at % 3 === 2 ? 1 : 0)),
  }
  const examples = { inputs, labels: new Int32Array() }
  const step = openTokenStep(plan, {
    recipe,
    base: filledBase(plan),
    examples,
    memory,
    optimiser,
    threads: 1,
  })
  const indices = Int32Array.from({ length: 20 }, (_, index) => index)
  const losses: number[] = []
  for (let done = 0; done < 60; done++) {
    losses.push(await step.run(indices, undefined as never))
    optimiser.step(0.03)
  }
  await step.close()
  assert.ok(losses[0]! > 3 && losses.at(-1)! < losses[0]! / 2, `${losses[0]} ${losses.at(-1)}`)
})
