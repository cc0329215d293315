import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { parseMapping } from './mapping.ts'
import { readMappingFile } from './read-mapping.ts'

const readMapping = async (path: string) => (await readMappingFile(path)).mapping

const folder = mkdtempSync(join(tmpdir(), 'consort-mapping-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

function fileOf(text: string): string {
  const path = join(folder, `${files++}.yaml`)
  writeFileSync(path, text)
  return path
}

const text = `
mapping: 1
dataset: heart
fields:
  age: { column: age, unit: years }
  chol: { column: 5, unit: mmol/L, missing: [0, '-9'], outside: missing }
  sex: { column: sex, codes: { 1: male, '0': female } }
  smoker: { column: smoker, codes: { y: true, n: false } }
  ca: absent
label: { column: num, codes: { '0': absent, '1': present } }
`

test('YAML becomes a mapping, with defaults; bare numbers and truth values mean their text', async () => {
  assert.deepEqual(await readMapping(fileOf(text)), {
    mapping: 1,
    dataset: 'heart',
    fields: {
      age: { kind: 'column', column: 'age', unit: 'years', missing: [] },
      chol: { kind: 'column', column: '5', unit: 'mmol/L', missing: ['0', '-9'], outside: 'missing' },
      sex: { kind: 'column', column: 'sex', codes: { '0': 'female', '1': 'male' }, missing: [] },
      smoker: { kind: 'column', column: 'smoker', codes: { y: 'true', n: 'false' }, missing: [] },
      ca: { kind: 'absent' },
    },
    label: { column: 'num', codes: { '0': 'absent', '1': 'present' }, missing: [] },
    missing: ['?', 'NA', 'NaN', 'null'],
  })
})

const label = { column: 'num', codes: { '0': 'absent' } }
const whole = { mapping: 1, dataset: 'heart', fields: { age: { column: 'age', unit: 'years' } }, label }

const refused: [string, unknown, object][] = [
  ['no object', 'age,sex', { message: 'This is not a mapping', hint: /path of the data/ }],
  ['another document', { recipe: 1 }, { message: 'This is not a mapping' }],
  ['a later version', { ...whole, mapping: 2 }, { path: 'mapping' }],
  ['a misspelt key', { ...whole, headers: ['age'] }, { message: /headers/, hint: 'Did you mean header?' }],
  [
    'a misspelt key of a field',
    { ...whole, fields: { age: { colum: 'age', unit: 'years' } } },
    { path: 'fields.age', hint: 'Did you mean column?' },
  ],
  [
    'a field that is neither absent nor a column',
    { ...whole, fields: { age: 'age' } },
    { path: 'fields.age', hint: /`absent`, or/ },
  ],
  ['an empty field', { ...whole, fields: { age: null } }, { path: 'fields.age' }],
  [
    'a field with another policy',
    { ...whole, fields: { age: { column: 'age', outside: 'clip' } } },
    { path: 'fields.age.outside' },
  ],
  ['an absent label', { ...whole, label: 'absent' }, { path: 'label' }],
  ['a missing cell that is none', { ...whole, missing: [null] }, { path: 'missing[0]' }],
  ['a header with a name twice', { ...whole, header: ['a', 'b', 'a'] }, { path: 'header[2]' }],
]

for (const [what, value, expected] of refused) {
  test(`${what} is refused`, () => {
    assert.throws(() => parseMapping(value), { code: 'mapping-invalid', ...expected })
  })
}

test('a file that is no YAML, too large, or not there is refused by name and line', async () => {
  await assert.rejects(readMapping(fileOf('mapping: 1\nfields: [\n')), {
    code: 'mapping-invalid',
    message: /\.yaml, line \d: not readable as YAML/,
  })
  await assert.rejects(readMapping(fileOf('mapping: 1\nmapping: 1\n')), { message: /DUPLICATE_KEY/ })
  await assert.rejects(readMapping(fileOf('#'.repeat(2 ** 20 + 1))), { code: 'mapping-invalid' })
  await assert.rejects(readMapping(join(folder, 'nowhere.yaml')), {
    code: 'data-unreadable',
    message: /nowhere\.yaml does not exist/,
  })
})

test('when someone names the file of the records instead, no record is repeated', async () => {
  const secret = 'Zq7secret4711'
  const texts = [
    `name,outcome\n${secret},1\n`,
    `${secret}: [${secret}\n${secret}`,
    `${secret}: &${secret} !${secret}`,
  ]
  for (const records of texts) {
    const error: unknown = await readMapping(fileOf(records)).catch(reason => reason)
    assert.match(inspect(error), /mapping-invalid/)
    assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(secret))
  }
})
