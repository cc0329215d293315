import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { heartSchema } from '../testing/heart-schema.ts'
import { createCellLookup } from './cell-lookup.ts'
import { checkMapping } from './check-mapping.ts'
import { checkSchema } from './check-schema.ts'
import { type Mapping, parseMapping } from './mapping.ts'
import { readMappingFile } from './read-mapping.ts'

const readMapping = async (path: string) => (await readMappingFile(path)).mapping

/** The pilot's own mappings. */
const mappings = resolve(import.meta.dirname, '../../../../examples/pilot/heart')
const whole = await readMapping(join(mappings, 'cleveland.yaml'))

/** The mapping with one field written in another way. */
function withField(name: string, value: unknown): Mapping {
  const { header, missing, label } = whole
  const { mapping, fields } = parseMapping({ mapping: 1, dataset: 'heart', fields: { [name]: value }, label })
  return { mapping, dataset: 'heart', header, missing, label, fields: { ...whole.fields, ...fields } }
}

test('every field of the schema has its translation, in the order of the schema', async () => {
  for (const hospital of ['cleveland', 'hungarian', 'switzerland', 'va']) {
    const { fields, label } = checkMapping(await readMapping(join(mappings, `${hospital}.yaml`)), heartSchema)
    assert.deepEqual(
      fields.map(({ field }) => field.name),
      heartSchema.fields.map(({ name }) => name),
    )
    assert.equal(label.lookup('4'), 'present')
  }
})

const { age: _age, ...withoutAge } = whole.fields
const chol = { column: 'chol', unit: 'mg/dL' }

const refused: [string, Mapping, object][] = [
  ['another data set', { ...whole, dataset: 'lungs' }, { path: 'dataset', message: /maps lungs/ }],
  [
    'a field that the schema does not have',
    withField('cholest', chol),
    { path: 'fields.cholest', hint: 'Did you mean chol?' },
  ],
  [
    'a field without a word',
    { ...whole, fields: withoutAge },
    { path: 'fields.age', hint: /map it as `age: absent`, or propose an amendment of the agreement/ },
  ],
  ['a number without a unit', withField('chol', { column: 'chol' }), { path: 'fields.chol.unit' }],
  [
    'a number in an unknown unit',
    withField('chol', { ...chol, unit: 'mgdl' }),
    { path: 'fields.chol.unit', hint: /Did you mean mg\/dL\?/ },
  ],
  [
    'a number in a unit of another quantity',
    withField('trestbps', { column: 'trestbps', unit: 'bpm' }),
    { path: 'fields.trestbps.unit', hint: /takes mmHg, / },
  ],
  [
    'a number with codes',
    withField('chol', { ...chol, codes: { '1': 'x' } }),
    { path: 'fields.chol.codes', message: /is a number/ },
  ],
  [
    'a category without codes',
    withField('sex', { column: 'sex' }),
    { path: 'fields.sex.codes', hint: /The schema lists female, male\./ },
  ],
  [
    'a code that the schema does not have',
    withField('sex', { column: 'sex', codes: { '1': 'man' } }),
    { path: 'fields.sex.codes.1', message: /no code man/, hint: 'It lists female, male.' },
  ],
  [
    'a category with a unit',
    withField('sex', { column: 'sex', unit: '1', codes: { '1': 'male' } }),
    { path: 'fields.sex.unit', message: /is a category/ },
  ],
  [
    'a category with a range',
    withField('sex', { column: 'sex', outside: 'refuse', codes: { '1': 'male' } }),
    { path: 'fields.sex.outside' },
  ],
  [
    'a cell that is both a code and missing',
    withField('sex', { column: 'sex', missing: ['1'], codes: { '1': 'male' } }),
    { path: 'fields.sex.codes.1', message: /also listed as missing/ },
  ],
  ['the label as a feature', withField('chol', { ...chol, column: 'num' }), { path: 'fields.chol.column' }],
]

for (const [what, mapping, expected] of refused) {
  test(`${what} is refused`, () => {
    assert.throws(() => checkMapping(mapping, heartSchema), { code: 'mapping-invalid', ...expected })
  })
}

test('names from the language itself are no fields', () => {
  const schema = { ...heartSchema, fields: [{ ...heartSchema.fields[0]!, name: 'constructor' }] }
  assert.throws(() => checkMapping({ ...whole, fields: {} }, schema), { path: 'fields.constructor' })
})

test('a schema with a unit that nobody knows is refused as such', () => {
  const [age] = heartSchema.fields
  const schema = { ...heartSchema, fields: [{ ...age, unit: 'Years!' } as typeof age & object] }
  for (const check of [() => checkSchema(schema), () => checkMapping(whole, schema)]) {
    assert.throws(check, { code: 'agreement-invalid', path: 'fields[0].unit', hint: /mean years\?/ })
  }
  checkSchema(heartSchema)
})

test('cells are found by their text, then by their number; the earlier entry counts', () => {
  const find = createCellLookup([
    ['-9', null],
    ['1', 'one'],
    ['01', 'padded'],
    ['I10.0', 'icd'],
    ['?', null],
    ['1', null],
  ])
  const cells = ['1', '1.0', '01', '001', '1e0', '-9.00', 'I10.0', 'I10', '?', '2', '']
  assert.deepEqual(
    cells.map(cell => find(cell)),
    ['one', 'one', 'padded', 'one', 'one', null, 'icd', undefined, null, undefined, undefined],
  )
})
