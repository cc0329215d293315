import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseRecipe, type RecipeInput } from '@consort/protocol'
import { type Examples, initialWeights, planModel } from '@consort/train'
import { openTrainer } from '@consort/train/engine'
import { pino } from 'pino'
import { trainWithProgram } from './train-with-program.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../../../examples/trainers/${name}`, import.meta.url))

/** What runs PyTorch here, if anything does. */
const python = ['python3', '/usr/bin/python3'].map(pythonWithTorch).find(path => path !== undefined)
const withoutTorch = python === undefined && 'no python3 with torch on this machine'

const table = {
  recipe: 1,
  name: 'example',
  dataset: 'example',
  task: { kind: 'classification', classes: ['a', 'b'] },
  input: {
    kind: 'table',
    features: [
      { name: 'x', kind: 'number' },
      { name: 'y', kind: 'number' },
      { name: 'z', kind: 'number' },
    ],
  },
  model: { kind: 'logistic' },
  optimiser: { kind: 'sgd', learningRate: 0.5 },
  batchSize: 64,
  federation: { localEpochs: 2 },
} as const satisfies RecipeInput

const pictures = {
  ...table,
  task: { kind: 'classification', classes: ['a', 'b', 'c'] },
  input: { kind: 'images', height: 9, width: 11, mean: 0.4, deviation: 0.3 },
  model: {
    kind: 'cnn',
    layers: [
      { kind: 'conv', filters: 4, kernel: 3, padding: 1, activation: 'relu' },
      { kind: 'max-pool', size: 2 },
      { kind: 'conv', filters: 6, kernel: 2, stride: 1, dilation: 2, groups: 2, activation: 'tanh' },
      { kind: 'average-pool', size: 2, stride: 1 },
      { kind: 'dense', units: 5, activation: 'sigmoid' },
    ],
  },
  optimiser: { kind: 'adam', learningRate: 0.01, weightDecay: 0.1 },
} as const satisfies RecipeInput

const withoutHidden: Record<string, RecipeInput> = {
  'cross-entropy': table,
  'binary-cross-entropy': { ...table, loss: 'binary-cross-entropy' },
  'squared error of classes': { ...table, loss: 'squared-error' },
  'mean squared error': {
    ...table,
    task: { kind: 'regression' },
    optimiser: { kind: 'sgd', learningRate: 0.1 },
  },
}

const withHidden: Record<string, RecipeInput> = {
  'a picture’s convolutions, under Adam': pictures,
  'two hidden layers, under SGD with momentum and FedProx': {
    ...table,
    model: {
      kind: 'mlp',
      layers: [
        { kind: 'dense', units: 6, activation: 'tanh' },
        { kind: 'dense', units: 4, activation: 'relu' },
      ],
    },
    optimiser: { kind: 'sgd', learningRate: 0.2, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
    federation: { localEpochs: 4, strategy: { kind: 'fedprox', mu: 0.5 } },
  },
}

/** Forty examples of whatever the recipe takes. */
function examplesFor(recipe: ReturnType<typeof parseRecipe>): Examples {
  const count = 40
  const { inputShape, outputs } = planModel(recipe)
  const size = count * inputShape.reduce((product, dimension) => product * dimension, 1)
  const byte = (index: number): number => (index * index * 17 + index * 7) % 251
  const inputs =
    recipe.input.kind === 'images'
      ? Uint8Array.from({ length: size }, (_, index) => byte(index))
      : Float32Array.from({ length: size }, (_, index) => byte(index) / 125 - 1)
  const classes = Math.max(outputs, 2)
  const labels =
    recipe.task.kind === 'regression'
      ? Float32Array.from({ length: count }, (_, index) => byte(index + 5) / 125 - 1)
      : Int32Array.from({ length: count }, (_, index) => byte(index + 5) % classes)
  return { count, inputShape, inputs, labels }
}

/** All examples are one batch, so that their order does not matter: the same numbers, whoever trains. */
async function assertSameTraining(input: RecipeInput, command: readonly string[]): Promise<void> {
  const recipe = parseRecipe(input)
  const { strategy, localEpochs: epochs } = recipe.federation
  const plan = planModel(recipe)
  const examples = examplesFor(recipe)
  const weights = initialWeights(plan, 3)
  const proximal = strategy.kind === 'fedprox' ? strategy.mu : 0
  const request = { weights, epochs, seed: 5, progress: [0, 1], proximal } as const
  const own = await openTrainer(recipe, examples)
  const expected = await own.train(request)
  await own.close()
  const actual = await trainWithProgram(
    {
      command,
      account: undefined,
      limits: {},
      threads: 1,
      recipe,
      round: 1,
      rounds: 1,
      examples,
      endsAt: performance.now() + 60_000,
      member: randomUUID(),
      log: pino({ level: 'silent' }),
    },
    request,
    new AbortController().signal,
  )
  assert.equal(actual.examples, 40)
  assert.ok(Math.abs(actual.loss! - expected.loss!) < 1e-5, `loss ${actual.loss}, not ${expected.loss}`)
  for (const { name, offset, size } of plan.layout.tensors) {
    const at = (values: Float32Array) => values.subarray(offset, offset + size)
    assert.notDeepEqual(at(expected.weights), at(weights), `${name} was trained`)
    at(expected.weights).forEach((value, index) => {
      const found = at(actual.weights)[index]!
      assert.ok(Math.abs(found - value) < 2e-5, `${name}[${index}] is ${found}, not ${value}`)
    })
  }
}

for (const [what, recipe] of Object.entries(withoutHidden)) {
  test(`the Node example trains with ${what} as the engine does`, () =>
    assertSameTraining(recipe, [process.execPath, example('train-logistic.mjs')]))
}

for (const [what, recipe] of Object.entries({ ...withoutHidden, ...withHidden })) {
  test(`the PyTorch example trains with ${what} as the engine does`, { skip: withoutTorch }, () =>
    assertSameTraining(recipe, [python!, example('train_pytorch.py')]),
  )
}

function pythonWithTorch(name: string): string | undefined {
  try {
    const code = 'import sys, torch; print(sys.executable)'
    return execFileSync(name, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
