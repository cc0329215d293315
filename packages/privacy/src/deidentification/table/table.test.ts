import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { RecordField } from '../rules/check-rules.ts'
import { createDeidentifier, type PlainRecord } from '../rules/deidentifier.ts'
import { parseDeidentificationRules } from '../rules/rules.ts'
import { anonymityReport, rowsBelow } from './anonymity-report.ts'
import { assertAnonymous, createCrowd } from './assert-anonymous.ts'
import { deidentifyTable } from './deidentify-table.ts'

const row = (zip: string, age: string, disease: string | null): PlainRecord => ({ zip, age, disease })
/** The inpatients of Machanavajjhala et al. 2007: 4-anonymous, then 3-diverse as well. */
const fourAnonymous = [
  ...['heart', 'heart', 'viral', 'viral'].map(disease => row('130**', '<30', disease)),
  ...['cancer', 'heart', 'viral', 'viral'].map(disease => row('1485*', '>=40', disease)),
  ...['cancer', 'cancer', 'cancer', 'cancer'].map(disease => row('130**', '3*', disease)),
]
const threeDiverse = [
  ...['heart', 'viral', 'cancer', 'cancer'].map(disease => row('1305*', '<=40', disease)),
  ...['cancer', 'heart', 'viral', 'viral'].map(disease => row('1485*', '>40', disease)),
  ...['heart', 'viral', 'cancer', 'cancer'].map(disease => row('1306*', '<=40', disease)),
]
const asked = { quasiIdentifiers: ['zip', 'age'], sensitive: ['disease'] }

test('the examples of the paper are 4-anonymous; one is homogeneous, the other 3-diverse', () => {
  const homogeneous = anonymityReport({ rows: fourAnonymous, ...asked })
  assert.equal(homogeneous.k, 4)
  assert.deepEqual(homogeneous.classes, [{ size: 4, count: 3, rows: 12 }])
  assert.equal(homogeneous.diversity[0]!.distinct, 1)
  assert.equal(homogeneous.diversity[0]!.entropy, 1)
  const diverse = anonymityReport({ rows: threeDiverse, ...asked })
  assert.equal(diverse.k, 4)
  assert.equal(diverse.diversity[0]!.distinct, 3)
  const entropy = Math.exp(1.5 * Math.log(2)) // shares ¼, ¼, ½
  assert.ok(Math.abs(diverse.diversity[0]!.entropy - entropy) < 1e-12)
  assert.ok(diverse.diversity[0]!.closeness < homogeneous.diversity[0]!.closeness)
  assert.ok(Math.abs(homogeneous.diversity[0]!.closeness - 7 / 12) < 1e-12) // cancer: 1 against 5/12
})

test('k counts the smallest class, and rows below it', () => {
  const rows = [...fourAnonymous, row('130**', '9*', 'heart')]
  const report = anonymityReport({ rows, ...asked })
  assert.equal(report.k, 1)
  assert.deepEqual([rowsBelow(report, 1), rowsBelow(report, 2), rowsBelow(report, 5)], [0, 1, 13])
  assert.equal(anonymityReport({ rows: [], ...asked }).k, 0)
  assert.equal(anonymityReport({ rows, quasiIdentifiers: [], sensitive: [] }).k, 13)
  // 1 and '1' are not the same value, and neither values nor their borders run together.
  const alike = [
    { a: 1, b: 'x' },
    { a: '1', b: 'x' },
    { a: '1","x', b: '' },
    { a: null, b: 'x' },
  ]
  assert.equal(
    anonymityReport({ rows: alike, quasiIdentifiers: ['a', 'b'], sensitive: [] }).classes[0]!.count,
    4,
  )
})

test('one person with many rows hides nobody', () => {
  const rows = Array.from({ length: 10 }, () => row('1', '1', 'x'))
  const persons = ['p', 'p', 'p', 'p', 'p', 'p', 'p', 'p', 'q', null]
  assert.equal(anonymityReport({ rows, ...asked }).k, 10)
  const report = anonymityReport({ rows, ...asked, persons })
  assert.deepEqual([report.k, report.counted], [2, 'persons'])
})

test('missing values make nobody diverse', () => {
  const rows = [row('1', '1', 'x'), row('1', '1', null), row('2', '1', null), row('2', '1', null)]
  const [diversity] = anonymityReport({ rows, ...asked }).diversity
  assert.equal(diversity!.distinct, 1)
})

test('a table under the agreed k is refused, and the hint names the field that helps most', () => {
  // Every row has a postcode of its own; ages fall in two halves.
  const rows = Array.from({ length: 20 }, (_, i) =>
    row(`80${10 + i}`, i % 2 ? '<50' : '>=50', ['a', 'b', 'c'][i % 3]!),
  )
  const report = anonymityReport({ rows, ...asked })
  assert.throws(() => assertAnonymous(report, { k: 5, l: 2 }), {
    code: 'agreement-refused',
    message: 'The table is 1-anonymous and 5 is agreed: 20 of 20 rows hide among fewer',
    hint: 'Generalise zip further, or drop it: that helps most. Or leave these rows out.',
  })
  // It does help, and the other one does not: the hint is not a guess.
  const dropped = (field: string) =>
    anonymityReport({
      rows,
      ...asked,
      quasiIdentifiers: asked.quasiIdentifiers.filter(name => name !== field),
    })
  assertAnonymous(dropped('zip'), { k: 5, l: 2 })
  assert.throws(() => assertAnonymous(dropped('age'), { k: 5, l: 2 }))
  assert.throws(() => assertAnonymous(dropped('zip'), { k: 11, l: 2 }), { hint: /Generalise age.*Or leave/ })
  assert.throws(() => assertAnonymous(anonymityReport({ rows: fourAnonymous, ...asked }), { k: 4, l: 2 }), {
    code: 'agreement-refused',
    path: 'disease',
    hint: /Generalise age/, // with any age, both postcodes hold several diseases
  })
  assertAnonymous(anonymityReport({ rows: threeDiverse, ...asked }), { k: 4, l: 3 })
})

test('reports and refusals hold no value', () => {
  const secret = 'Zq7secret4711'
  const rows = [row(secret, '1', 'x'), row('2', '1', `${secret}2`), row('3', secret, 'y')]
  const report = anonymityReport({ rows, ...asked, persons: [secret, 'b', 'c'] })
  assert.ok(!inspect(report, { depth: 20 }).includes(secret))
  for (const refuse of [
    () => assertAnonymous(report, { k: 2, l: 1 }),
    () => assertAnonymous(report, { k: 1, l: 2 }),
    () => createCrowd({ rows, quasiIdentifiers: ['zip'] }).assertHides(rows[0]!, 2),
    () => anonymityReport({ rows, quasiIdentifiers: ['zip', 'sex'], sensitive: [] }),
  ]) {
    assert.throws(refuse, (error: Error) => !inspect(error, { depth: 20, showHidden: true }).includes(secret))
  }
})

const fields: RecordField[] = [
  { kind: 'text', name: 'patient' },
  { kind: 'number', name: 'age' },
  { kind: 'text', name: 'note' },
  { kind: 'category', name: 'disease', codes: [{ code: 'x' }, { code: 'y' }] },
]
const rules = parseDeidentificationRules({
  person: 'patient',
  quasiIdentifiers: ['age'],
  sensitive: ['disease'],
  k: 3,
  l: 2,
  fields: [
    { rule: 'keyed-hash', field: 'patient' },
    { rule: 'bin', field: 'age', width: 20 },
    { rule: 'redact', field: 'note' },
    { rule: 'keep', field: 'disease' },
  ],
})
const key = new Uint8Array(32).fill(1)
const records = [21, 25, 33, 39, 41, 42, 55].map((age, i) => ({
  patient: `P${i}`,
  age,
  note: 'ring 13800138000',
  disease: i % 2 ? 'x' : 'y',
}))

test('a table leaves as the rules say, with what its report does not cover', () => {
  const { rows, report, notCovered } = deidentifyTable(records, { rules, fields, key })
  assert.deepEqual([report.k, report.counted], [3, 'persons'])
  assert.deepEqual(notCovered, ['note'])
  assert.ok(!JSON.stringify(rows).includes('13800138000') && !JSON.stringify(rows).includes('P0'))
  const lonely = [...records, { ...records[0]!, patient: 'P9', age: 99 }]
  assert.throws(() => deidentifyTable(lonely, { rules, fields, key }), {
    code: 'agreement-refused',
    hint: /age/,
  })
  // Three more rows of the same person do not help; three more persons do.
  const same = [1, 2, 3].map(() => lonely.at(-1)!)
  assert.throws(() => deidentifyTable([...lonely, ...same], { rules, fields, key }), {
    code: 'agreement-refused',
  })
  const others = ['Q1', 'Q2'].map(patient => ({ ...lonely.at(-1)!, patient, disease: 'x' }))
  assert.equal(deidentifyTable([...lonely, ...others], { rules, fields, key }).report.k, 3)
})

test('a record is consulted on only where enough of the owner’s records look like it', () => {
  const deidentify = createDeidentifier({ rules, fields, key })
  const crowd = createCrowd({
    rows: records.map(deidentify),
    quasiIdentifiers: rules.quasiIdentifiers,
    persons: records.map(({ patient }) => patient),
  })
  const usual = deidentify({ ...records[0]!, age: 30 })
  const rare = deidentify({ ...records[0]!, age: 90 })
  assert.deepEqual([crowd.sizeOf(usual), crowd.sizeOf(rare)], [4, 0])
  crowd.assertHides(usual, 4)
  assert.throws(() => crowd.assertHides(usual, 5), { code: 'agreement-refused' })
  assert.throws(() => crowd.assertHides(rare, 2), { code: 'agreement-refused', hint: /age/ })
})
