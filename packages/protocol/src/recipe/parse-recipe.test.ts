import assert from 'node:assert/strict'
import test from 'node:test'
import type { Refusal } from '@consort/basics'
import { parseRecipe, pathOf } from './parse-recipe.ts'

const images = {
  recipe: 1,
  name: 'digits',
  dataset: 'digits',
  task: { kind: 'classification', classes: ['a', 'b', 'c'] },
  input: { kind: 'images', height: 28, width: 28 },
  model: {
    kind: 'cnn',
    layers: [
      { kind: 'conv', filters: 8, kernel: 3 },
      { kind: 'max-pool', size: 2 },
      { kind: 'dense', units: 4 },
    ],
  },
}
const number = { name: 'age', kind: 'number' }
const table = { ...images, input: { kind: 'table', features: [number] }, model: { kind: 'logistic' } }

/** A copy of `recipe` with one place changed; `undefined` takes the field away. */
function changed(recipe: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(recipe) as Record<string | number, unknown>
  let place = copy
  for (const step of path.slice(0, -1)) {
    place[step] ??= {}
    place = place[step] as Record<string | number, unknown>
  }
  place[path.at(-1)!] = value
  return JSON.parse(JSON.stringify(copy))
}

function refusalOf(value: unknown): Refusal {
  try {
    parseRecipe(value)
  } catch (error) {
    return error as Refusal
  }
  throw new assert.AssertionError({ message: `not refused: ${JSON.stringify(value)}` })
}

interface Fault {
  recipe?: object
  at: (string | number)[]
  value: unknown
  /** Where the refusal points, if not at the change. */
  path?: string
  says: RegExp
  hint?: RegExp
}

const kindHint = /`kind`/
const faults: Record<string, Fault> = {
  'another version of recipes': { at: ['recipe'], value: 2, says: /1/ },
  'a version as text': { at: ['recipe'], value: '1', says: /1/ },
  'no version': { at: ['recipe'], value: undefined, says: /1/ },
  'a name with spaces': { at: ['name'], value: 'My recipe', says: /lower-case letters, digits and hyphens/ },
  'no name': { at: ['name'], value: undefined, says: /string|text|missing/ },
  'a data set that is no name': { at: ['dataset'], value: 'a/b', says: /lower-case/ },
  'an unknown field': { at: ['epochs'], value: 3, path: 'the document', says: /"epochs"/, hint: /epochs/ },
  'an unknown model': {
    at: ['model', 'kind'],
    value: 'transformer',
    says: /logistic.*mlp.*cnn/,
    hint: kindHint,
  },
  'no kind of model': { at: ['model', 'kind'], value: undefined, says: /cnn/, hint: kindHint },
  'a model that is a word': { at: ['model'], value: 'cnn', says: /object/ },
  'no model': { at: ['model'], value: undefined, says: /object/ },
  'no layers': { at: ['model', 'layers'], value: [], says: /1/ },
  'a layer misspelt': {
    at: ['model', 'layers', 1, 'kind'],
    value: 'maxpool',
    says: /max-pool/,
    hint: kindHint,
  },
  'a layer that is null': { at: ['model', 'layers', 1], value: null, says: /object/ },
  'a layer without its number': { at: ['model', 'layers', 0, 'kernel'], value: undefined, says: /number/ },
  'a number as text': { at: ['model', 'layers', 0, 'kernel'], value: '3', says: /number/ },
  'half a pixel': { at: ['model', 'layers', 0, 'kernel'], value: 2.5, says: /int/ },
  'a kernel of nothing': { at: ['model', 'layers', 0, 'kernel'], value: 0, says: /1/ },
  'an unknown activation': {
    at: ['model', 'layers', 0, 'activation'],
    value: 'gelu',
    says: /relu.*sigmoid/,
  },
  'an unknown field of a layer': {
    at: ['model', 'layers', 2, 'width'],
    value: 4,
    path: 'model.layers[2]',
    says: /"width"/,
    hint: /width/,
  },
  'a convolution in a plain network': {
    at: ['model', 'kind'],
    value: 'mlp',
    path: 'model.layers[0].kind',
    says: /dense.*dropout/,
    hint: kindHint,
  },
  'no optimiser of that name': {
    at: ['optimiser'],
    value: { kind: 'lion', learningRate: 1 },
    path: 'optimiser.kind',
    says: /sgd.*adam.*adamw/,
    hint: kindHint,
  },
  'an optimiser without its rate': {
    at: ['optimiser'],
    value: { kind: 'adam' },
    path: 'optimiser.learningRate',
    says: /number/,
  },
  'a rate of nothing': {
    at: ['optimiser'],
    value: { kind: 'sgd', learningRate: 0 },
    path: 'optimiser.learningRate',
    says: /0/,
  },
  'momentum of 1': {
    at: ['optimiser'],
    value: { kind: 'sgd', learningRate: 1, momentum: 1 },
    path: 'optimiser.momentum',
    says: /0\.9999/,
  },
  'an unknown schedule': {
    at: ['schedule'],
    value: { kind: 'step' },
    path: 'schedule.kind',
    says: /one-cycle/,
    hint: kindHint,
  },
  'a misspelt field where all have defaults': {
    at: ['federation', 'round'],
    value: 3,
    path: 'federation',
    says: /"round"/,
    hint: /round/,
  },
  'a federation that is a word': { at: ['federation'], value: 'fedavg', says: /object/ },
  'a federation that is null': { at: ['federation'], value: null, says: /object/ },
  'a strategy that is a word': { at: ['federation', 'strategy'], value: 'fedavg', says: /object/ },
  'an unknown strategy': {
    at: ['federation', 'strategy', 'kind'],
    value: 'scaffold',
    says: /fedavg.*fedprox/,
    hint: kindHint,
  },
  'fedprox without μ': {
    at: ['federation', 'strategy'],
    value: { kind: 'fedprox' },
    path: 'federation.strategy.mu',
    says: /number/,
  },
  'one α': { at: ['federation', 'alpha'], value: [1], says: /2/ },
  'a negative α': { at: ['federation', 'alpha'], value: [0, -1], path: 'federation.alpha[1]', says: /0/ },
  'no rounds': { at: ['federation', 'rounds'], value: 0, says: /1/ },
  'a deadline of nothing': { at: ['federation', 'roundWithinSeconds'], value: 0, says: /1/ },
  'a record that may have no gradient': {
    at: ['privacy', 'differentialPrivacy'],
    value: { clip: 0, noiseMultiplier: 1 },
    path: 'privacy.differentialPrivacy.clip',
    says: /0/,
  },
  'privacy without noise': {
    at: ['privacy', 'differentialPrivacy'],
    value: { clip: 1, noiseMultiplier: 0 },
    path: 'privacy.differentialPrivacy.noiseMultiplier',
    says: /0/,
  },
  'a δ that lets records out': {
    at: ['privacy', 'differentialPrivacy'],
    value: { clip: 1, noiseMultiplier: 1, delta: 0.5 },
    path: 'privacy.differentialPrivacy.delta',
    says: /0\.1/,
  },
  'an unknown loss': { at: ['loss'], value: 'hinge', says: /cross-entropy/ },
  'an unknown metric': {
    at: ['evaluation', 'metrics'],
    value: ['loss', 'auc'],
    path: 'evaluation.metrics[1]',
    says: /f1/,
  },
  'no metrics': { at: ['evaluation', 'metrics'], value: [], says: /1/ },
  'a target of 0': { at: ['stop', 'target'], value: 0, says: /0/ },
  'a target over 1': { at: ['stop', 'target'], value: 1.5, says: /1/ },
  'one class': { at: ['task', 'classes'], value: ['a'], says: /2/ },
  'classes as numbers': {
    at: ['task', 'classes'],
    value: ['a', 0],
    path: 'task.classes[1]',
    says: /string|text/,
  },
  'a negative seed': { at: ['seed'], value: -1, says: /0/ },
  'a batch of everything': { at: ['batchSize'], value: 1e9, says: /65536/ },
  'a column without a kind': {
    recipe: table,
    at: ['input', 'features'],
    value: [{ name: 'age' }],
    path: 'input.features[0].kind',
    says: /number.*category/,
    hint: kindHint,
  },
  'a category without values': {
    recipe: table,
    at: ['input', 'features'],
    value: [number, { name: 'sex', kind: 'category' }],
    path: 'input.features[1].values',
    says: /array/,
  },
  'a scale of 0': { recipe: table, at: ['input', 'features', 0, 'scale'], value: 0, says: /0/ },
  'a class twice': { at: ['task', 'classes'], value: ['a', 'b', 'a'], says: /twice/ },
  'a column twice': {
    recipe: table,
    at: ['input', 'features'],
    value: [number, { ...number, name: 'b' }, number],
    path: 'input.features[2].name',
    says: /age is listed twice/,
  },
  'a cnn on a table': { at: ['input'], value: table.input, path: 'model.kind', says: /images/ },
  'classes and mse': { at: ['loss'], value: 'mse', says: /cross-entropy/ },
  'the binary loss for three classes': {
    at: ['loss'],
    value: 'binary-cross-entropy',
    says: /2 classes, there are 3/,
  },
  'numbers and cross-entropy': {
    recipe: { ...images, loss: 'cross-entropy' },
    at: ['task'],
    value: { kind: 'regression' },
    path: 'loss',
    says: /mse/,
  },
  'weights of classes where there are none': {
    recipe: { ...images, task: { kind: 'regression' } },
    at: ['classWeights'],
    value: [1, 2],
    says: /numbers have no classes/,
  },
  'weights of classes under differential privacy': {
    recipe: { ...images, privacy: { differentialPrivacy: { clip: 1, noiseMultiplier: 1 } } },
    at: ['classWeights'],
    value: [1, 2, 3],
    says: /counts up to the same norm/,
  },
  'fewer participants than needed': {
    at: ['federation', 'participants'],
    value: 1,
    path: 'federation.partnersMin',
    says: /1 participants/,
  },
}
for (const [
  what,
  { recipe = images, at, value, path = pathOf({ path: at }), says, hint = /./ },
] of Object.entries(faults)) {
  test(`refused with its place and a way out: ${what}`, () => {
    assert.doesNotThrow(() => parseRecipe({ ...recipe, loss: undefined }))
    const refusal = refusalOf(changed(recipe, at, value))
    assert.equal(refusal.code, 'recipe-invalid')
    assert.equal(refusal.path, path)
    assert.ok(refusal.message.startsWith(`${path}: `), refusal.message)
    assert.match(refusal.message, says)
    assert.match(refusal.hint!, hint)
  })
}

test('what is no recipe at all is refused, without crashing', () => {
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
  for (const value of [undefined, null, 7, 'recipe', [], [images], deep, () => images]) {
    const refusal = refusalOf(value)
    assert.equal(refusal.code, 'recipe-invalid')
    assert.equal(refusal.path, 'the document')
  }
})

test('several faults: the first is told, the others are counted', () => {
  const refusal = refusalOf({ ...images, batchSize: 0, seed: -1, name: '' })
  assert.match(refusal.message, /^name: .* \(and 2 more\)$/)
})

test('a key __proto__ is an unknown field like any other', () => {
  const text = JSON.stringify(images).replace('{', '{"__proto__":{"loss":"mse"},')
  assert.match(refusalOf(JSON.parse(text)).message, /"__proto__"/)
})

test('a path is written as one would type it', () => {
  assert.equal(pathOf({ path: ['model', 'layers', 2, 'kernel'] }), 'model.layers[2].kernel')
  assert.equal(pathOf({ path: [0, 'a'] }), '[0].a')
  assert.equal(pathOf({ path: [] }), 'the document')
})

test('a value that is one of two numbers says which two', () => {
  const refusal = refusalOf(changed(images, ['input', 'channels'], 2))
  assert.equal(refusal.path, 'input.channels')
  assert.match(refusal.message, /1.*3/)
  assert.doesNotMatch(refusal.hint!, kindHint)
})

test('a field that is missing is called missing', () => {
  assert.match(refusalOf(changed(images, ['model', 'layers', 0, 'kernel'], undefined)).message, /missing/)
  assert.match(refusalOf(changed(images, ['model'], undefined)).message, /missing/)
})

test('a misspelt field is told before the field that is therefore missing', () => {
  const layer = { kind: 'conv', filters: 8, kernal: 3 }
  assert.match(refusalOf(changed(images, ['model', 'layers', 0], layer)).message, /kernal/)
})

test('a wrong kind is repeated, so that one sees what was read', () => {
  assert.match(refusalOf(changed(images, ['model', 'layers', 1, 'kind'], 'maxpool')).message, /maxpool/)
})

const contradictions: Record<string, [object, string]> = {
  'strict groups of nothing': [{ ...images, privacy: { strict: true } }, 'privacy.strict'],
  'a value of a category twice': [
    {
      ...table,
      input: { kind: 'table', features: [{ name: 'sex', kind: 'category', values: ['f', 'm', 'f'] }] },
    },
    'input.features[0].values',
  ],
  'a target accuracy for numbers': [
    { ...images, task: { kind: 'regression' }, stop: { target: 0.9 } },
    'stop.target',
  ],
  'a target accuracy that nobody tells': [
    { ...images, stop: { target: 0.9 }, evaluation: { metrics: ['loss'] } },
    'stop.target',
  ],
  'patience with a loss that nobody tells': [
    { ...images, stop: { patience: 2 }, evaluation: { metrics: ['accuracy'] } },
    'stop.patience',
  ],
}
for (const [what, [recipe, path]] of Object.entries(contradictions)) {
  test(`refused with its place: ${what}`, () => {
    assert.equal(refusalOf(recipe).path, path)
  })
}
