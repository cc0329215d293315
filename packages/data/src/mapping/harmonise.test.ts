import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom } from '@consort/basics'
import type { Field, TableSchema } from '@consort/protocol'
import { cellAt, columnOf, distinctTexts, labelAt } from '@consort/records'
import type { Columns } from '../csv/read-columns.ts'
import { type ConformanceReport, findingText, requireConformance } from './conformance.ts'
import type { Finding } from './finding.ts'
import { type Harmonised, harmonise } from './harmonise.ts'
import { parseMapping } from './mapping.ts'

const text = { en: 'x', zh: 'x' }

function number(name: string, unit: string, min: number, max: number): Field {
  return { kind: 'number', name, meaning: text, unit, min, max }
}

function category(name: string, ...codes: string[]): Extract<Field, { kind: 'category' }> {
  return { kind: 'category', name, meaning: text, codes: codes.map(code => ({ code, meaning: text })) }
}

function columnsOf(columns: Record<string, readonly (string | null)[]>): Columns {
  const byName = new Map(Object.entries(columns).map(([name, cells]) => [name, columnOf(cells)]))
  return { count: Object.values(columns)[0]!.length, byName }
}

const outcome = { column: 'y', codes: { '0': 'no', '1': 'yes' } }

/** One field, with a label beside it for every cell. */
function harmoniseOne(field: Field, entry: object, cells: readonly (string | null)[]): Harmonised {
  const schema: TableSchema = { dataset: 'test', fields: [field], label: category('y', 'no', 'yes') }
  const mapping = parseMapping({
    mapping: 1,
    dataset: 'test',
    fields: { [field.name]: { column: 'x', ...entry } },
    label: outcome,
  })
  return harmonise(columnsOf({ x: cells, y: cells.map((_, index) => String(index % 2)) }), mapping, schema)
}

function cellsOf({ dataset }: Harmonised): (string | null)[] {
  return Array.from({ length: dataset.count }, (_, row) => cellAt(dataset, row, 0))
}

function findingsOf({ report }: Harmonised): readonly Finding[] {
  return report.fields[0]!.findings
}

const kinds = (harmonised: Harmonised): string[] => findingsOf(harmonised).map(({ kind }) => kind)

/** `count` numbers around `center`, with one decimal. */
function around(center: number, { spread, count = 100 }: { spread: number; count?: number }): string[] {
  const random = createSeededRandom(3)
  return Array.from({ length: count }, () => (center + spread * random.normal()).toFixed(1))
}

const chol = number('chol', 'mg/dL cholesterol', 60, 700)

test('columns come in the order of the schema, in its units and codes; records without a label are left out', () => {
  const schema: TableSchema = {
    dataset: 'test',
    fields: [category('sex', 'f', 'm'), chol, number('ca', '1', 0, 3), number('temp', '°C', 30, 45)],
    label: category('y', 'no', 'yes'),
  }
  const mapping = parseMapping({
    mapping: 1,
    dataset: 'test',
    fields: {
      temp: { column: 'fever', unit: '°F' },
      chol: { column: 'c', unit: 'mmol/L', missing: ['-9'] },
      sex: { column: 's', codes: { '0': 'f', '1': 'm' } },
      ca: 'absent',
    },
    label: { ...outcome, codes: { ...outcome.codes, '2': 'yes' }, missing: ['9'] },
  })
  const columns = columnsOf({
    fever: ['98.6', '?', '100.4', '98.6', '98.6'],
    c: ['5.0', '-9.0', '6', '5', '5'],
    s: ['1.0', '0', null, '1', '1'],
    y: ['0', '2.0', '1', null, '9'],
  })
  const { dataset, report } = harmonise(columns, mapping, schema)
  assert.deepEqual(dataset.columns, ['sex', 'chol', 'ca', 'temp'])
  assert.deepEqual(
    Array.from({ length: dataset.count }, (_, row) => [
      ...dataset.columns.map((_, column) => cellAt(dataset, row, column)),
      labelAt(dataset, row),
    ]),
    [
      ['m', '193.325', null, '37', 'no'],
      ['f', null, null, null, 'yes'],
      [null, '231.99', null, '38', 'yes'],
    ],
  )
  assert.deepEqual([report.records, report.unlabelled, report.conforms], [3, 2, true])
  const { findings: _, ...counts } = report.fields[1]!
  assert.deepEqual(counts, {
    field: 'chol',
    path: 'fields.chol',
    column: 'c',
    records: 3,
    recorded: 2,
    missing: 1,
    outside: 0,
    notNumbers: 0,
    unknownCodes: 0,
  })
  assert.deepEqual([report.fields[2]!.column, report.fields[2]!.missing], [null, 3])
  assert.deepEqual([report.label.records, report.label.missing], [5, 2])
  requireConformance(report)
})

test('cells that are equal numbers become the same text', () => {
  const cells = ['63.0', '63', '+63.00', '6.3e1', '0.1e3']
  const { dataset } = harmoniseOne(number('age', 'years', 0, 120), { unit: 'years' }, cells)
  assert.deepEqual(distinctTexts(dataset.cells[0]!).values, ['63', '100'])
})

test('the ends of the range are inside; beyond is an error, or missing where the mapping says so', () => {
  const cells = ['60', '700', '59.9', '700.1', '100']
  const strict = harmoniseOne(chol, { unit: 'mg/dL' }, cells)
  assert.deepEqual(cellsOf(strict), ['60', '700', null, null, '100'])
  const range = { min: 60, max: 700, unit: 'mg/dL cholesterol' }
  assert.deepEqual(findingsOf(strict), [{ kind: 'outside', level: 'error', cells: 2, zeros: 0, range }])
  assert.throws(() => requireConformance(strict.report), {
    code: 'data-mismatch',
    path: 'fields.chol',
    message: "chol (column x): 2 numbers lie outside the schema's range of 60 to 700 mg/dL cholesterol",
    hint: /add `outside: missing` to fields\.chol/,
  })
  const lenient = harmoniseOne(chol, { unit: 'mg/dL', outside: 'missing' }, cells)
  assert.deepEqual(cellsOf(lenient), cellsOf(strict))
  assert.deepEqual([lenient.report.conforms, lenient.report.fields[0]!.outside], [true, 2])
})

test('zeros outside the range are found from three cells and one per cent on', () => {
  const usual = around(240, { spread: 40, count: 400 })
  const withZeros = (count: number, entry = {}): Harmonised =>
    harmoniseOne(chol, { unit: 'mg/dL', ...entry }, [...usual, ...Array.from({ length: count }, () => '0.0')])
  assert.deepEqual(kinds(withZeros(5)), ['zero-means-missing'])
  assert.deepEqual(kinds(withZeros(4)), ['outside'])
  assert.throws(() => requireConformance(withZeros(5).report), {
    message: /5 cells are 0, which the schema's range excludes/,
    hint: "Add `missing: ['0']` to fields.chol of the mapping, or ask the consortium to widen its range.",
  })
  assert.throws(() => requireConformance(withZeros(4).report), { hint: /add `missing: \['0'\]` to fields/ })
  assert.deepEqual(kinds(withZeros(5, { missing: ['0'] })), [])
  assert.equal(withZeros(5, { outside: 'missing' }).report.conforms, true)
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, ['0', '0', '100', '200'])), ['outside'])
  const spelt = harmoniseOne(chol, { unit: 'mg/dL' }, ['0', '0.0', '-0', '100', '200'])
  assert.deepEqual(findingsOf(spelt), [{ kind: 'zero-means-missing', level: 'error', cells: 3 }])
})

test('a zero is judged after its conversion', () => {
  const temperature = number('temp', '°C', -30, 45)
  const cells = [...around(70, { spread: 5 }), '0', '0', '0']
  assert.deepEqual(kinds(harmoniseOne(temperature, { unit: '°F' }, cells)), ['zero-suspect'])
  assert.ok(
    kinds(harmoniseOne(number('temp', '°C', 0, 45), { unit: '°F' }, cells)).includes('zero-means-missing'),
  )
})

test('zeros inside the range are suspect where all other numbers are far away', () => {
  const wide = number('chol', 'mg/dL cholesterol', 0, 700)
  const zeros = ['0', '0', '0', '0']
  const found = (field: Field, unit: string, cells: readonly string[]) =>
    kinds(harmoniseOne(field, { unit }, [...cells, ...zeros]))
  assert.deepEqual(found(wide, 'mg/dL', around(240, { spread: 40 })), ['zero-suspect'])
  const below = number('x', '1', -700, 0)
  assert.deepEqual(found(below, '1', around(-240, { spread: 40 })), ['zero-suspect'])

  const random = createSeededRandom(5)
  const skewed = Array.from({ length: 200 }, () => (-Math.log(random.uniform())).toFixed(1))
  const counts = Array.from({ length: 200 }, (_, index) => String(1 + (index % 3)))
  const lognormal = Array.from({ length: 200 }, () => Math.exp(5 + random.normal()).toFixed(1))
  const signed = Array.from({ length: 200 }, () => random.normal().toFixed(1))
  const flags = Array.from({ length: 200 }, () => '1')
  const any = number('x', '1', -1e6, 1e6)
  for (const cells of [skewed, counts, lognormal, signed, flags]) assert.deepEqual(found(any, '1', cells), [])
})

test('another unit is named when most numbers are outside, and would be inside', () => {
  const millimoles = around(5.5, { spread: 0.8 })
  const wrong = harmoniseOne(chol, { unit: 'mg/dL' }, [...millimoles, '240'])
  assert.deepEqual(findingsOf(wrong), [
    {
      kind: 'wrong-unit',
      level: 'error',
      cells: 100,
      units: ['mmol/L cholesterol', 'g/L cholesterol'],
    },
  ])
  assert.throws(() => requireConformance(wrong.report), {
    hint: 'If the column is recorded so, write `unit: mmol/L cholesterol` in fields.chol of the mapping.',
  })
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mmol/L' }, millimoles)), [])
  const lenient = harmoniseOne(chol, { unit: 'mg/dL', outside: 'missing' }, millimoles)
  assert.equal(lenient.report.conforms, false)

  const months = harmoniseOne(number('age', 'years', 0, 120), { unit: 'years' }, around(700, { spread: 90 }))
  assert.deepEqual(
    findingsOf(months).map(finding => finding.kind === 'wrong-unit' && finding.units[0]),
    ['months'],
  )
  const half = [...around(240, { spread: 20, count: 10 }), ...around(5, { spread: 0.1, count: 10 })]
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, half)), ['outside'])
  const mixed = [...around(5, { spread: 0.1, count: 16 }), ...around(90_000, { spread: 9, count: 4 })]
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, mixed)), ['outside'])
  const heavy = [...around(100, { spread: 5, count: 12 }), ...around(180, { spread: 5, count: 8 })]
  const weight = number('weight', 'kg', 40, 150) // as pounds all of them would fit
  assert.deepEqual(kinds(harmoniseOne(weight, { unit: 'kg' }, heavy)), ['outside'])
  const far = around(90_000, { spread: 9 })
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, far)), ['outside'])
})

test('zeros and a wrong unit are both told, errors before warnings', () => {
  const cells = [...around(5.5, { spread: 0.8 }), '0', '0', '0']
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, cells)), ['zero-means-missing', 'wrong-unit'])
  assert.deepEqual(
    findingsOf(harmoniseOne(chol, { unit: 'mg/dL', outside: 'missing' }, cells)).map(({ level }) => level),
    ['error', 'warning'],
  )
})

test('text in a column of numbers is an error', () => {
  const report = harmoniseOne(chol, { unit: 'mg/dL' }, ['100', '1,5', 'high', 'NA'])
  assert.deepEqual(findingsOf(report), [{ kind: 'not-a-number', level: 'error', cells: 2 }])
  assert.deepEqual(cellsOf(report), ['100', null, null, null])
})

test('unknown codes are an error; the operator sees the most frequent five, if they look like codes', () => {
  const sex = category('sex', 'f', 'm')
  const entry = { codes: { F: 'f', M: 'm' } }
  const cells = ['F', 'M', 'u', 'x', 'x', 'c1', 'c2', 'c3', 'c4']
  assert.deepEqual(findingsOf(harmoniseOne(sex, entry, cells)), [
    { kind: 'unknown-codes', level: 'error', cells: 7, codes: ['x', 'u', 'c1', 'c2', 'c3'] },
  ])
  const names = Array.from({ length: 21 }, (_, index) => `Patient ${index}`)
  const notes = ['F', 'complained of pain at night']
  for (const private_ of [names, notes]) {
    const [finding] = findingsOf(harmoniseOne(sex, entry, private_))
    assert.deepEqual(finding?.kind === 'unknown-codes' && finding.codes, [])
  }
})

test('a column that never changes, and one without a record, are warnings', () => {
  const same = harmoniseOne(chol, { unit: 'mg/dL' }, ['100', '100.0', null])
  assert.deepEqual(findingsOf(same), [{ kind: 'constant', level: 'warning', cells: 2 }])
  assert.deepEqual(kinds(harmoniseOne(chol, { unit: 'mg/dL' }, ['100', null])), [])
  const empty = harmoniseOne(chol, { unit: 'mg/dL' }, ['?', null])
  assert.deepEqual(findingsOf(empty), [{ kind: 'all-missing', level: 'warning' }])
  assert.equal(empty.report.conforms, true)
})

function reportOfLabels(labels: readonly (string | null)[]): ConformanceReport {
  const schema: TableSchema = { dataset: 'test', fields: [chol], label: category('y', 'no', 'yes') }
  const mapping = parseMapping({
    mapping: 1,
    dataset: 'test',
    fields: { chol: { column: 'x', unit: 'mg/dL' } },
    label: outcome,
  })
  return harmonise(columnsOf({ x: labels.map(() => '100'), y: labels }), mapping, schema).report
}

test('a label without a code, and a file without labels, do not conform', () => {
  const unknown = reportOfLabels(['0', '1', '7', null])
  assert.deepEqual([unknown.records, unknown.unlabelled, unknown.conforms], [2, 1, false])
  assert.throws(() => requireConformance(unknown), { code: 'data-mismatch', path: 'label' })
  const none = reportOfLabels([null, '?'])
  assert.throws(() => requireConformance(none), { path: 'label', message: /nothing is recorded/ })
  assert.equal(reportOfLabels(['0', '1', null]).conforms, true)
})

test('the first error is told with the number of the others', () => {
  const { label } = reportOfLabels(['7', null])
  assert.deepEqual(
    label.findings.map(({ kind }) => kind),
    ['unknown-codes'],
  )
  const cells = [...around(5.5, { spread: 0.8 }), '0', '0', '0', 'none']
  const { report } = harmoniseOne(chol, { unit: 'mg/dL' }, cells)
  assert.throws(() => requireConformance(report), { message: /\(and 2 more findings\)$/ })
})

test('every finding has words and a way out', () => {
  const place = { field: 'chol', path: 'fields.chol', column: 'x' }
  const range = { min: 1, max: 2, unit: '1' }
  const all: { [Kind in Finding['kind']]: Extract<Finding, { kind: Kind }> } = {
    'zero-means-missing': { kind: 'zero-means-missing', level: 'error', cells: 3 },
    'zero-suspect': { kind: 'zero-suspect', level: 'warning', cells: 3 },
    'wrong-unit': { kind: 'wrong-unit', level: 'error', cells: 3, units: ['kg'] },
    outside: { kind: 'outside', level: 'warning', cells: 3, zeros: 0, range },
    'not-a-number': { kind: 'not-a-number', level: 'error', cells: 3 },
    'unknown-codes': { kind: 'unknown-codes', level: 'error', cells: 3, codes: ['seen'] },
    constant: { kind: 'constant', level: 'warning', cells: 3 },
    'all-missing': { kind: 'all-missing', level: 'warning' },
  }
  for (const finding of Object.values(all)) {
    const { what, hint } = findingText(place, finding)
    assert.ok(what.startsWith('chol (column x): ') && hint.length > 20, finding.kind)
    assert.ok(!`${what}${hint}`.includes('seen'))
  }
})
