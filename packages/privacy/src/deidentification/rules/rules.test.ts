import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { tableSchemaSchema } from '@consort/protocol'
import type { RecordField } from './check-rules.ts'
import { dayOffset, shiftDate, shortenDate } from './dates.ts'
import { createDeidentifier, type PlainRecord } from './deidentifier.ts'
import { binMiddle, bucketName, prefixOf } from './generalise.ts'
import { keyedHash, recipientKey } from './keyed-hash.ts'
import { parseDeidentificationRules } from './rules.ts'

const text = { en: 'x', zh: '某' }
const schema = tableSchemaSchema.parse({
  dataset: 'heart',
  fields: [
    { kind: 'number', name: 'age', meaning: text, unit: 'years', min: 0, max: 120 },
    { kind: 'number', name: 'chol', meaning: text, unit: 'mg/dL', min: 50, max: 700 },
    {
      kind: 'category',
      name: 'region',
      meaning: text,
      codes: ['bern', 'biel', 'rom'].map(code => ({ code, meaning: text })),
    },
  ],
  label: {
    kind: 'category',
    name: 'num',
    meaning: text,
    codes: ['0', '1'].map(code => ({ code, meaning: text })),
  },
})
const fields: RecordField[] = [
  ...schema.fields,
  schema.label,
  { kind: 'text', name: 'patient' },
  { kind: 'text', name: 'postcode' },
  { kind: 'text', name: 'notes' },
  { kind: 'date', name: 'admitted' },
  { kind: 'date', name: 'left' },
  { kind: 'date', name: 'born' },
]
const given = {
  person: 'patient',
  quasiIdentifiers: ['age', 'region', 'postcode', 'born'],
  sensitive: ['num'],
  k: 5,
  l: 2,
  fields: [
    { rule: 'bin', field: 'age', width: 10, from: 20, to: 90 },
    { rule: 'bucket', field: 'chol', edges: [200, 240] },
    {
      rule: 'hierarchy',
      field: 'region',
      levels: 2,
      broader: [
        { value: 'bern', parent: 'canton bern' },
        { value: 'biel', parent: 'canton bern' },
        { value: 'canton bern', parent: 'ch' },
        { value: 'rom', parent: 'it' },
      ],
    },
    { rule: 'keep', field: 'num' },
    { rule: 'keyed-hash', field: 'patient' },
    { rule: 'prefix', field: 'postcode', length: 2 },
    { rule: 'redact', field: 'notes' },
    { rule: 'shift-date', field: 'admitted', days: 180 },
    { rule: 'shift-date', field: 'left', days: 180 },
    { rule: 'shorten-date', field: 'born', to: 'year' },
  ],
}
const rules = parseDeidentificationRules(given)
const secret = new Uint8Array(32).fill(3)
const key = recipientKey(secret, 'north')
const record: PlainRecord = {
  age: 57,
  chol: 240,
  region: 'biel',
  num: '1',
  patient: 'P-00471',
  postcode: '3012',
  notes: '王小明，电话 13800138000',
  admitted: '2024-02-27T08:30:00+01:00',
  left: '2024年3月5日',
  born: '1967/1/31',
}

test('each field becomes what its rule says', () => {
  const result = createDeidentifier({ rules, fields, key, names: ['王小明'] })(record)
  const { patient, admitted, left, ...rest } = result
  assert.deepEqual(rest, {
    age: 55,
    chol: '>=240',
    region: 'ch',
    num: '1',
    postcode: '30*',
    notes: '[name-1]，电话 [phone-1]',
    born: '1967',
  })
  assert.match(String(patient), /^[0-9a-f]{32}$/)
  assert.match(String(admitted), /^202[34]-\d\d-\d\dT08:30:00\+01:00$/)
  const days = (Date.parse(String(left)) - Date.parse(String(admitted).slice(0, 10))) / 86_400_000
  assert.equal(days, 7) // 2024 has a 29 February
  assert.notEqual(left, '2024-03-05')
  for (const value of ['P-00471', '3012', '13800138000', 'biel', '1967/1/31']) {
    assert.ok(!JSON.stringify(result).includes(value), value)
  }
})

test('what is missing stays missing, dropped fields are not there', () => {
  const dropping = parseDeidentificationRules({
    ...given,
    fields: given.fields.map(rule => (rule.field === 'notes' ? { rule: 'drop', field: 'notes' } : rule)),
  })
  const result = createDeidentifier({ rules: dropping, fields, key })({ ...record, age: null })
  assert.equal(result.age, null)
  assert.ok(!('notes' in result))
})

test('a field that nobody thought of is refused: in the table, and in a record', () => {
  const more: RecordField[] = [...fields, { kind: 'text', name: 'address' }]
  assert.throws(() => createDeidentifier({ rules, fields: more, key }), {
    code: 'input-invalid',
    path: 'address',
  })
  assert.throws(() => createDeidentifier({ rules, fields: fields.slice(1), key }), {
    code: 'input-invalid',
    path: 'age',
  })
  const apply = createDeidentifier({ rules, fields, key })
  assert.throws(() => apply({ ...record, address: 'Hauptstrasse 1' }), { code: 'value-invalid' })
  assert.ok(apply(record))
})

test('cells that a rule cannot read are refused by field, and nothing tells the value', () => {
  const apply = createDeidentifier({ rules, fields, key })
  const wrong = 'Zq7secret4711'
  for (const name of ['age', 'chol', 'region', 'num', 'admitted', 'left', 'born']) {
    assert.throws(
      () => apply({ ...record, [name]: wrong }),
      (error: { code: string; path: string }) => {
        assert.ok(!inspect(error, { depth: 9 }).includes(wrong))
        return error.code === 'value-invalid' && error.path === name
      },
      name,
    )
  }
  assert.throws(() => apply({ ...record, age: 13800138000 }), { path: 'age' }) // a telephone number among ages
  assert.throws(() => apply({ ...record, patient: null }), { code: 'value-invalid', path: 'patient' })
  assert.throws(() => apply({ ...record, admitted: '2024-02-30' }), { path: 'admitted' })
  assert.throws(() => apply({ ...record, admitted: '2024-02-27 08:30 Maria Lopez' }), { path: 'admitted' })
})

test('two recipients cannot join by hashes or dates; one can join its own records', () => {
  const other = recipientKey(secret, 'south')
  const [here, again, there] = [key, key, other].map(key =>
    createDeidentifier({ rules, fields, key })(record),
  )
  assert.deepEqual(here, again)
  assert.notEqual(here!.patient, there!.patient)
  const offsets = (key: Uint8Array): number[] =>
    Array.from({ length: 200 }, (_, i) => dayOffset(`P-${i}`, { key, days: 180 }))
  const theirs = offsets(other)
  assert.ok(offsets(key).filter((days, i) => days === theirs[i]).length < 10)
  assert.notEqual(keyedHash('7', { key, domain: 'a' }), keyedHash('7', { key, domain: 'b' }))
  assert.equal(keyedHash(' ７', { key, domain: 'a' }), keyedHash('7', { key, domain: 'a' }))
  assert.throws(() => recipientKey(new Uint8Array(31), 'north'), { code: 'input-invalid' })
})

test('hashes and keys are the ones of another implementation (Python hmac, RFC 5869 by hand)', () => {
  assert.equal(
    Buffer.from(key).toString('hex'),
    '5832b09a8e8f9ce289492b80f99c9b390f6f7e4ce21b39599db67fda353888ca',
  )
  assert.equal(keyedHash('P-00471', { key, domain: 'patient' }), 'da40f14f1678b54854f4cecc5ad2095b')
})

test('offsets fill the range, without 0 and without favour', () => {
  const counts = new Map<number, number>()
  for (let person = 0; person < 6000; person++) {
    const days = dayOffset(String(person), { key, days: 3 })
    counts.set(days, (counts.get(days) ?? 0) + 1)
  }
  assert.deepEqual(
    [...counts.keys()].sort((a, b) => a - b),
    [-3, -2, -1, 1, 2, 3],
  )
  // χ² with 5 degrees of freedom: 25.7 has probability 1e-4, and the key is fixed.
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
  assert.ok(chi < 25.7, String(chi))
})

test('values at the edges', () => {
  const ages = { width: 10, from: 20, to: 90 }
  assert.deepEqual(
    [3, 20, 29.9, 30, 89, 90, 104].map(age => binMiddle(age, ages)),
    [25, 25, 25, 35, 85, 85, 85],
  )
  assert.deepEqual(
    [-0.1, 0.25].map(value => binMiddle(value, { width: 0.1, from: 0 })),
    [-0.05, 0.25],
  )
  assert.deepEqual(
    [17, 18, 64.9, 65].map(age => bucketName(age, [18, 65])),
    ['<18', '18..65', '18..65', '>=65'],
  )
  assert.equal(prefixOf('３０１２', 2), '30*')
  assert.equal(shortenDate('2024-03-05', 'month'), '2024-03')
  assert.equal(shiftDate('2024-02-28', 2), '2024-03-01')
  assert.equal(shiftDate('9999-12-31', 1), undefined)
  assert.equal(shortenDate('05.03.2024', 'year'), undefined)
})

test('rules that cannot be meant are refused by path', () => {
  const changed = (change: object): unknown => ({ ...given, ...change })
  const withRule = (rule: object): unknown => changed({ fields: [...given.fields, rule] })
  const faults: [unknown, string][] = [
    [withRule({ rule: 'keep', field: 'age' }), 'fields.10'],
    [withRule({ rule: 'forget', field: 'sex' }), 'fields.10.rule'],
    [withRule({ rule: 'bucket', field: 'sex', edges: [2, 1] }), 'fields.10'],
    [withRule({ rule: 'bin', field: 'sex', width: 1, from: 3, to: 3 }), 'fields.10'],
    [
      withRule({
        rule: 'hierarchy',
        field: 'sex',
        levels: 1,
        broader: [
          { value: 'a', parent: 'b' },
          { value: 'b', parent: 'a' },
        ],
      }),
      'fields.10',
    ],
    [withRule({ rule: 'shift-date', field: 'sent', days: 30 }), 'fields.7'],
    [changed({ person: undefined }), 'fields.7'],
    [changed({ person: 'nobody' }), 'person'],
    [changed({ quasiIdentifiers: ['notes'] }), 'quasiIdentifiers.0'],
    [changed({ sensitive: ['age'] }), 'sensitive.0'],
    [changed({ k: 1 }), 'k'],
    [changed({ more: 1 }), ''],
  ]
  for (const [input, path] of faults) {
    assert.throws(() => parseDeidentificationRules(input), { code: 'input-invalid', path }, path)
  }
  const suits = (rule: object): void => {
    const others = given.fields.filter(({ field }) => field !== (rule as { field: string }).field)
    const rules = parseDeidentificationRules({
      ...given,
      quasiIdentifiers: [],
      sensitive: [],
      fields: [...others, rule],
    })
    createDeidentifier({ rules, fields, key })
  }
  assert.throws(() => suits({ rule: 'keep', field: 'notes' }), { path: 'notes' }) // free text never leaves as it is
  assert.throws(() => suits({ rule: 'bin', field: 'region', width: 2 }), { path: 'region' })
  assert.throws(() => suits({ rule: 'redact', field: 'age' }), { path: 'age' })
  const half = { rule: 'hierarchy', field: 'region', levels: 1, broader: [{ value: 'bern', parent: 'ch' }] }
  assert.throws(() => suits(half), { path: 'region', message: /lacks 2 of its codes/ })
  suits({ rule: 'drop', field: 'notes' })
})
