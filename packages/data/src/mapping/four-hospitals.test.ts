import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { cellAt, distinctTexts, labelAt, type TableDataset } from '@consort/records'
import type { DataSource } from '../formats/formats.ts'
import { readDataset } from '../read-dataset.ts'
import { heartSchema } from '../testing/heart-schema.ts'
import { labelsOf } from '../testing/labels-of.ts'
import { fieldStatistics } from './field-statistics.ts'
import { readConformance } from './read-mapped.ts'

type MappedSource = Extract<DataSource, { kind: 'mapped' }>

const hearts = resolve(import.meta.dirname, '../../../../../shared/data/heart-4-hospitals')
const skip = existsSync(hearts) ? false : `no ${hearts}`
/** The pilot's own mappings. */
const mappings = resolve(import.meta.dirname, '../../../../examples/pilot/heart')

const folder = mkdtempSync(join(tmpdir(), 'consort-hospitals-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0

/** A hospital's file under its mapping, or under that mapping with some text replaced. */
function sourceOf(hospital: string, ...replacements: [string, string][]): MappedSource {
  const path = join(hearts, `processed.${hospital}.data`)
  const own = join(mappings, `${hospital}.yaml`)
  if (replacements.length === 0) return { kind: 'mapped', path, mapping: own }
  const mapping = join(folder, `${files++}.yaml`)
  const changed = replacements.reduce(
    (yaml, [from, to]) => {
      assert.ok(yaml.includes(from), from)
      return yaml.replace(from, to)
    },
    readFileSync(own, 'utf8'),
  )
  writeFileSync(mapping, changed)
  return { kind: 'mapped', path, mapping }
}

async function findingsOf(source: MappedSource): Promise<string[]> {
  const { fields } = await readConformance(source, heartSchema)
  return fields.flatMap(({ field, findings }) =>
    findings.map(finding => `${field}: ${finding.kind}${'cells' in finding ? ` ${finding.cells}` : ''}`),
  )
}

const hospitals = {
  cleveland: { records: 303, present: 139, findings: [] },
  hungarian: { records: 294, present: 106, findings: [] },
  switzerland: { records: 123, present: 115, findings: ['chol: all-missing'] },
  va: { records: 200, present: 149, findings: [] },
}

for (const [hospital, { records, present, findings }] of Object.entries(hospitals)) {
  test(`${hospital} conforms, and becomes the table of the consortium`, { skip }, async () => {
    const source = sourceOf(hospital)
    assert.deepEqual(await findingsOf(source), findings)
    const table = (await readDataset(source, { schema: heartSchema })) as TableDataset
    assert.equal(table.count, records)
    assert.deepEqual(
      table.columns,
      heartSchema.fields.map(({ name }) => name),
    )
    assert.equal(labelsOf(table).filter(label => label === 'present').length, present)
    heartSchema.fields.forEach((field, column) => {
      if (field.kind !== 'category') return
      const codes = field.codes.map(({ code }) => code)
      assert.ok(
        distinctTexts(table.cells[column]!).values.every(value => codes.includes(value)),
        field.name,
      )
    })
  })
}

test('the first record of Cleveland reads as its physicians wrote it', { skip }, async () => {
  const table = (await readDataset(sourceOf('cleveland'), { schema: heartSchema })) as TableDataset
  assert.deepEqual(
    table.columns.map((_, column) => cellAt(table, 0, column)),
    '63 male typical 145 233 yes hypertrophy 150 no 2.3 down 0 fixed'.split(' '),
  )
  assert.equal(labelAt(table, 0), 'absent')
})

/** Leaves it to the reader to find out what 0 means. */
const naive = (unit: string): [string, string] => [`unit: ${unit}, missing: ['0']`, `unit: ${unit}`]

test('Switzerland writes 0 for every cholesterol: without a word in the mapping it is found', {
  skip,
}, async () => {
  const source = sourceOf('switzerland', naive('mg/dL'))
  assert.deepEqual(await findingsOf(source), ['chol: zero-means-missing 123'])
  await assert.rejects(readDataset(source, { schema: heartSchema }), {
    code: 'data-mismatch',
    path: 'fields.chol',
    message: /^chol \(column chol\): 123 cells are 0, which the schema's range excludes/,
    hint: "Add `missing: ['0']` to fields.chol of the mapping, or ask the consortium to widen its range.",
  })
})

test('Long Beach has 49 such zeros, and one blood pressure of 0', { skip }, async () => {
  const source = sourceOf('va', naive('mmHg'), naive('mg/dL'))
  assert.deepEqual(await findingsOf(source), ['trestbps: outside 1', 'chol: zero-means-missing 49'])
  await assert.rejects(readDataset(source, { schema: heartSchema }), {
    path: 'fields.trestbps',
    message: /\(and 1 more findings\)$/,
    hint: /add `missing: \['0'\]` to fields\.trestbps/,
  })
})

test('with 0 inside the range those zeros are still suspect, and those of the ST depression are not', {
  skip,
}, async () => {
  const fields = heartSchema.fields.map(field =>
    field.kind === 'number' && field.name === 'chol' ? { ...field, min: 0 } : field,
  )
  const { fields: reports } = await readConformance(sourceOf('va', naive('mg/dL')), {
    ...heartSchema,
    fields,
  })
  assert.deepEqual(
    reports.flatMap(({ field, findings }) => findings.map(({ kind }) => `${field}: ${kind}`)),
    ['chol: zero-suspect'],
  )
  for (const hospital of Object.keys(hospitals)) {
    const { fields: found } = await readConformance(sourceOf(hospital), heartSchema)
    const zeros = found.flatMap(({ findings }) => findings).filter(({ kind }) => kind.startsWith('zero'))
    assert.deepEqual(zeros, [], hospital)
  }
})

test('a unit of another size is found: mmol/L where the file has mg/dL, kPa where it has mmHg', {
  skip,
}, async () => {
  const source = sourceOf('cleveland', ['unit: mg/dL', 'unit: mmol/L'], ['unit: mmHg', 'unit: kPa'])
  assert.deepEqual(await findingsOf(source), ['trestbps: wrong-unit 303', 'chol: wrong-unit 303'])
})

test('statistics are of what is recorded, and silent where too little is', { skip }, async () => {
  const of = async (hospital: string) =>
    fieldStatistics(
      (await readDataset(sourceOf(hospital), { schema: heartSchema })) as TableDataset,
      heartSchema,
    )
  const cleveland = await of('cleveland')
  assert.equal(cleveland.length, 6)
  const pressure = cleveland.find(({ field }) => field === 'trestbps')
  assert.ok(Math.abs(pressure!.mean - 131.68976897689768) < 1e-9)
  assert.ok(Math.abs(Math.sqrt(pressure!.m2 / pressure!.count) - 17.5706812) < 1e-6)
  const switzerland = await of('switzerland') // 5 records have `ca`, none has `chol`
  assert.deepEqual(
    switzerland.map(({ field }) => field),
    ['age', 'trestbps', 'thalach', 'oldpeak'],
  )
})
