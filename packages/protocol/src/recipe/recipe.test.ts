import assert from 'node:assert/strict'
import test from 'node:test'
import { canonicalJson } from '@consort/basics'
import { digestOfJson } from '../digest-of.ts'
import { parseRecipe } from './parse-recipe.ts'
import { presetNames, presetRecipe } from './presets.ts'
import { lossOf, outputsOf, type Recipe } from './recipe.ts'

const least = {
  recipe: 1,
  name: 'least',
  dataset: 'patients',
  task: { kind: 'classification', classes: ['no', 'yes'] },
  input: { kind: 'table', features: [{ name: 'age', kind: 'number' }] },
  model: { kind: 'logistic' },
}

test('the least that can be written is filled in with the defaults, each of them', () => {
  assert.deepEqual(parseRecipe(least), {
    ...least,
    input: {
      kind: 'table',
      features: [{ name: 'age', kind: 'number', center: 0, scale: 1, missing: 'center' }],
    },
    optimiser: { kind: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    schedule: { kind: 'constant' },
    batchSize: 32,
    seed: 1,
    federation: {
      strategy: { kind: 'fedavg' },
      aggregation: { kind: 'weighted-mean' },
      rounds: 10,
      localEpochs: 1,
      partnersMin: 2,
      alpha: [0, 5],
      examplesCap: 1_000_000,
      startWithinSeconds: 600,
      roundWithinSeconds: 1800,
      evaluateWithinSeconds: 300,
    },
    privacy: { secureAggregation: false, strict: false, updateRange: 4 },
    evaluation: { every: 1, metrics: ['loss', 'accuracy', 'precision', 'recall', 'f1'] },
    stop: {},
    export: { output: 'probabilities' },
  })
})

const filledIn: Record<string, [object, (recipe: Recipe) => unknown, unknown]> = {
  'the defaults of a federation beside what was said': [
    { federation: { rounds: 3 } },
    ({ federation }) => [federation.rounds, federation.partnersMin, federation.alpha],
    [3, 2, [0, 5]],
  ],
  'the default optimiser is the one that `kind: adam` alone would be': [
    { optimiser: { kind: 'adam', learningRate: 1e-3 } },
    recipe => recipe.optimiser,
    parseRecipe(least).optimiser,
  ],
  'adamw decays weights by default': [
    { optimiser: { kind: 'adamw', learningRate: 1e-3 } },
    ({ optimiser }) => optimiser.weightDecay,
    0.01,
  ],
  'sgd has no momentum by default': [
    { optimiser: { kind: 'sgd', learningRate: 0.1 } },
    ({ optimiser }) => optimiser,
    { kind: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0 },
  ],
  'one cycle': [
    { schedule: { kind: 'one-cycle' } },
    ({ schedule }) => schedule,
    { kind: 'one-cycle', warmup: 0.3, divide: 25, finalDivide: 10_000 },
  ],
  'privacy of records with the usual δ': [
    { privacy: { differentialPrivacy: { clip: 1, noiseMultiplier: 1.1 } } },
    ({ privacy }) => privacy,
    {
      secureAggregation: false,
      strict: false,
      updateRange: 4,
      differentialPrivacy: { clip: 1, noiseMultiplier: 1.1, delta: 1e-5 },
    },
  ],
  images: [
    { input: { kind: 'images', height: 8, width: 8 } },
    ({ input }) => input,
    { kind: 'images', height: 8, width: 8, channels: 1, mean: 0, deviation: 1, shift: 0, mirror: false },
  ],
  'a category': [
    { input: { kind: 'table', features: [{ name: 'sex', kind: 'category', values: ['f', 'm'] }] } },
    ({ input }) => input.kind === 'table' && input.features[0],
    { name: 'sex', kind: 'category', values: ['f', 'm'], missing: 'none', unknown: 'refuse' },
  ],
  'a convolution': [
    {
      input: { kind: 'images', height: 8, width: 8 },
      model: { kind: 'cnn', layers: [{ kind: 'conv', filters: 2, kernel: 3 }] },
    },
    ({ model }) => model.kind === 'cnn' && model.layers[0],
    {
      kind: 'conv',
      filters: 2,
      kernel: 3,
      stride: 1,
      padding: 0,
      dilation: 1,
      groups: 1,
      activation: 'none',
    },
  ],
}
for (const [what, [change, read, expected]] of Object.entries(filledIn)) {
  test(`defaults: ${what}`, () => assert.deepEqual(read(parseRecipe({ ...least, ...change })), expected))
}

test('a parsed recipe parses to itself, so that its digest stands for it on both sides', () => {
  for (const recipe of [parseRecipe(least), ...presetNames.map(presetRecipe)]) {
    assert.deepEqual(parseRecipe(recipe), recipe)
    assert.equal(digestOfJson(parseRecipe(JSON.parse(canonicalJson(recipe)))), digestOfJson(recipe))
  }
})

test('parsing neither changes nor keeps what it was given', () => {
  const given = structuredClone(least)
  const parsed = parseRecipe(given)
  assert.deepEqual(given, least)
  parsed.federation.rounds = 99
  parsed.federation.alpha[0] = 99
  parsed.evaluation.metrics.length = 0
  parsed.optimiser.weightDecay = 99
  const again = parseRecipe(least)
  assert.deepEqual([again.federation.rounds, again.federation.alpha], [10, [0, 5]])
  assert.deepEqual([again.evaluation.metrics.length, again.optimiser.weightDecay], [5, 0])
})

test('presets are valid, complete and called by their own names', () => {
  assert.deepEqual(presetNames, [
    'mnist-article',
    'mnist-cnn',
    'text-article',
    'table-mlp',
    'table-logistic',
    'table-10-10-1',
    'table-3-2-2',
    'table-3-10-2',
  ])
  for (const name of presetNames) assert.equal(presetRecipe(name).name, name)
  assert.notEqual(presetRecipe('mnist-cnn'), presetRecipe('mnist-cnn'))
})

test('the article’s network is the one of the article', () => {
  const { model, input, task } = presetRecipe('mnist-article')
  assert.deepEqual(model.kind === 'cnn' && model.layers.map(layer => layer.kind), ['conv', 'dense'])
  assert.deepEqual(input, {
    kind: 'images',
    height: 28,
    width: 28,
    channels: 1,
    mean: 0,
    deviation: 1,
    shift: 0,
    mirror: false,
  })
  assert.equal(task.kind === 'classification' && task.classes.join(''), '0123456789')
})

test('loss and width of the output follow from the task, unless the loss is said', () => {
  const cases: [object, string, number][] = [
    [{}, 'cross-entropy', 2],
    [{ loss: 'cross-entropy' }, 'cross-entropy', 2],
    [{ loss: 'squared-error' }, 'squared-error', 2],
    [{ loss: 'binary-cross-entropy' }, 'binary-cross-entropy', 1],
    [{ task: { kind: 'classification', classes: ['a', 'b', 'c'] } }, 'cross-entropy', 3],
    [{ task: { kind: 'regression' } }, 'mse', 1],
    [{ task: { kind: 'regression' }, loss: 'mse' }, 'mse', 1],
  ]
  for (const [change, loss, outputs] of cases) {
    const recipe = parseRecipe({ ...least, ...change })
    assert.equal(lossOf(recipe), loss)
    assert.equal(outputsOf(recipe), outputs)
  }
})
