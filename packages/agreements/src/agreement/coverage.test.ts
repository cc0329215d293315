import assert from 'node:assert/strict'
import test from 'node:test'
import { type Agreement, type Digest, digestOfJson, parseRecipe, type RecipeInput } from '@consort/protocol'
import { agreement } from '../testing/clinics.ts'
import { checkCoverage, checkUse } from './coverage.ts'

const agreed = {
  recipe: 1,
  name: 'heart',
  dataset: 'patients',
  task: { kind: 'classification', classes: ['absent', 'present'] },
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number' },
      { name: 'sex', kind: 'category', values: ['male'] },
    ],
  },
  model: { kind: 'logistic' },
} as const satisfies RecipeInput

function check(change: Partial<RecipeInput>, terms: Agreement = agreement, digest?: Digest): void {
  const recipe = parseRecipe({ ...agreed, ...change })
  checkCoverage(terms, { recipe, digest: digest ?? digestOfJson(recipe) })
}

function features(
  ...list: Extract<RecipeInput['input'], { kind: 'table' }>['features']
): Partial<RecipeInput> {
  return { input: { kind: 'table', features: list } }
}

test('a recipe of an agreed name over agreed fields is covered', () => {
  assert.doesNotThrow(() => check({}))
  assert.doesNotThrow(() => check({ model: { kind: 'mlp', layers: [{ kind: 'dense', units: 8 }] }, seed: 7 }))
  assert.doesNotThrow(() => check({ task: { kind: 'classification', classes: ['present', 'absent'] } }))
  assert.doesNotThrow(() => check({ name: 'heart-fixed' }, agreement, agreement.recipes[1]!.digest))
})

const uncovered: Record<string, [Partial<RecipeInput>, { path: string; message: RegExp; hint?: RegExp }]> = {
  'another name': [
    { name: 'liver' },
    { path: 'name', message: /liver is not in the agreement/, hint: /heart, heart-fixed/ },
  ],
  'another digest than agreed': [{ name: 'heart-fixed' }, { path: 'name', message: /covers sha256:a+ only/ }],
  'another data set': [{ dataset: 'staff' }, { path: 'dataset', message: /staff/, hint: /patients/ }],
  images: [{ input: { kind: 'images', height: 8, width: 8 } }, { path: 'input.kind', message: /as a table/ }],
  'a field that is not agreed': [
    features({ name: 'age', kind: 'number' }, { name: 'income', kind: 'number' }),
    { path: 'input.features[1].name', message: /income/, hint: /age, cholesterol, vessels, sex/ },
  ],
  'a field in another spelling': [
    features({ name: 'Age', kind: 'number' }),
    { path: 'input.features[0].name', message: /Age/ },
  ],
  'the label as a feature': [
    features({ name: 'disease', kind: 'category', values: ['absent'] }),
    { path: 'input.features[0].name', message: /to be predicted/ },
  ],
  'a category as a number': [
    features({ name: 'sex', kind: 'number' }),
    { path: 'input.features[0].kind', message: /agreed as a category/, hint: /kind: category/ },
  ],
  'a number as a category': [
    features({ name: 'age', kind: 'category', values: ['50'] }),
    { path: 'input.features[0].kind', message: /agreed as a number/ },
  ],
  'a value outside the codes': [
    features({ name: 'sex', kind: 'category', values: ['male', 'unknown'] }),
    { path: 'input.features[0].values[1]', message: /unknown/, hint: /female, male/ },
  ],
  'a class outside the codes': [
    { task: { kind: 'classification', classes: ['absent', 'present', 'unsure'] } },
    { path: 'task.classes[2]', message: /unsure/, hint: /absent, present/ },
  ],
  'numbers to predict': [
    { task: { kind: 'regression' } },
    { path: 'task.kind', message: /category disease/ },
  ],
}
for (const [what, [change, expected]] of Object.entries(uncovered)) {
  test(`a recipe with ${what} is not covered`, () => {
    assert.throws(() => check(change), { code: 'agreement-refused', hint: /./, ...expected })
  })
}

test('terms that ask for protection cover no recipe without it', () => {
  const differentialPrivacy = { clip: 1, noiseMultiplier: 1 }
  const cases = [
    ['privacy.secureAggregation', { secureAggregation: true, epsilonMax: null }, { secureAggregation: true }],
    ['privacy.differentialPrivacy', { secureAggregation: false, epsilonMax: 8 }, { differentialPrivacy }],
  ] as const
  for (const [path, privacy, protection] of cases) {
    const terms = { ...agreement, privacy }
    const refusal = { code: 'agreement-refused', path, message: /the recipe (does without|has no)/ }
    assert.throws(() => check({}, terms), refusal)
    const federation = { partnersMin: 4 }
    assert.doesNotThrow(() => check({ privacy: protection, federation }, terms))
  }
})

test('a long list of fields does not drown the hint', () => {
  const [patients] = agreement.data
  const fields = Array.from({ length: 40 }, (_, index) => ({ ...patients!.fields[0]!, name: `f${index}` }))
  const terms = { ...agreement, data: [{ ...patients!, fields }] }
  assert.throws(() => check({}, terms), { hint: /f0, .*f11 and 28 more\.$/ })
})

test('only the agents that the agreement names may answer', () => {
  assert.doesNotThrow(() => checkUse(agreement, 'south'))
  for (const name of ['east', 'lab', 'nobody']) {
    assert.throws(() => checkUse(agreement, name), {
      code: 'agreement-refused',
      path: 'use',
      message: new RegExp(`agents of ${name} `),
      hint: /north, south/,
    })
  }
})
