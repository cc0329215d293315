import assert from 'node:assert/strict'
import test from 'node:test'
import { type Agreement, digestOfJson, parseRecipe } from '@consort/protocol'
import { agreement } from '../testing/clinics.ts'
import { checkGoesOn } from './goes-on.ts'

const recipe = parseRecipe({
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
})
const run = { under: agreement, recipe, digest: digestOfJson(recipe) }
const amended = (change: Partial<Agreement>): Agreement => ({ ...agreement, version: 9, ...change })

function withField(name: string, change: object): Agreement['data'] {
  return agreement.data.map(schema => ({
    ...schema,
    fields: schema.fields.map(field => (field.name === name ? { ...field, ...change } : field)),
  }))
}

test('a run goes on under terms that differ in what it does not rest on', () => {
  const { benefit, data, recipes } = agreement
  const meaning = { en: 'as before, in other words', zh: '换句话说' }
  for (const change of [
    {},
    { benefit: { ...benefit, answerPrice: benefit.answerPrice + 1 } },
    { use: agreement.use.slice(0, 1) },
    { retrainAfterExamples: 7 },
    { roster: digestOfJson('another') },
    { recipes: [...recipes, { name: 'another' }] },
    { data: [...data, { ...data[0]!, dataset: 'another' }] },
    { data: withField('cholesterol', { meaning }) },
  ])
    assert.doesNotThrow(() => checkGoesOn(amended(change), run), JSON.stringify(change))
})

const endings: Record<string, [Partial<Agreement>, RegExp]> = {
  'another purpose': [{ purpose: { en: 'To sell.', zh: '出售' } }, /Version 9 .* purpose/],
  'without its recipe': [{ recipes: [{ name: 'liver' }] }, /heart is not in the agreement/],
  'without its data set': [{ data: [{ ...agreement.data[0]!, dataset: 'staff' }] }, /patients is not in/],
  'a field of another unit': [{ data: withField('age', { unit: 'mo' }) }, /age means something else/],
  'more privacy': [
    { privacy: { ...agreement.privacy, secureAggregation: true } },
    /asks for secure aggregation/,
  ],
}
for (const [what, [change, message]] of Object.entries(endings))
  test(`a run does not go on under terms with ${what}`, () => {
    assert.throws(() => checkGoesOn(amended(change), run), { code: 'agreement-refused', message })
  })

test('a run that began without an agreement does not go on under the first', () => {
  assert.throws(() => checkGoesOn(agreement, { ...run, under: null }), {
    code: 'agreement-refused',
    message: /before there was an agreement/,
  })
})
