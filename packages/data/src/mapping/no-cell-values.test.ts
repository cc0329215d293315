import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { problemOf, Refusal } from '@consort/protocol'
import { stringify } from 'yaml'
import type { DataSource } from '../formats/formats.ts'
import { readDataset } from '../read-dataset.ts'
import { heartSchema } from '../testing/heart-schema.ts'
import { findingText } from './conformance.ts'
import { readConformance } from './read-mapped.ts'

type MappedSource = Extract<DataSource, { kind: 'mapped' }>

/** Stand for what a patient told a hospital; must not be found in anything that could reach a log. */
const secrets = { text: 'Zq7secret4711', number: '471147.11' }

const folder = mkdtempSync(join(tmpdir(), 'consort-mapped-'))
after(() => rmSync(folder, { recursive: true }))

const schema = {
  ...heartSchema,
  fields: heartSchema.fields.filter(({ name }) => name === 'chol' || name === 'sex'),
}
const mapping = {
  mapping: 1,
  dataset: 'heart',
  fields: {
    chol: { column: 'chol', unit: 'mg/dL' },
    sex: { column: 'sex', codes: { '0': 'female', '1': 'male' } },
  },
  label: { column: 'num', codes: { '0': 'absent', '1': 'present' } },
}

let files = 0

function sourceOf(rows: string, changes: object = {}): MappedSource {
  const path = join(folder, `${files}.csv`)
  const mappingPath = join(folder, `${files++}.yaml`)
  writeFileSync(path, rows)
  writeFileSync(mappingPath, stringify({ ...mapping, ...changes }))
  return { kind: 'mapped', path, mapping: mappingPath }
}

const { text, number } = secrets
const header = 'chol,sex,num\n'
const usual = '240,1,0\n'.repeat(5)

const faults: Record<string, MappedSource> = {
  'text among numbers': sourceOf(`${header}${usual}${text},1,0\n`),
  'numbers outside the range': sourceOf(`${header}${usual}${number},1,0\n`),
  'a wrong unit': sourceOf(`${header}${`${number},1,0\n`.repeat(9)}`, {
    fields: { ...mapping.fields, chol: { column: 'chol', unit: 'g/L' } },
  }),
  'zeros beside a secret': sourceOf(`${header}${'0,1,0\n'.repeat(9)}${number},1,0\n`),
  'an unknown code': sourceOf(`${header}${usual}240,${text},0\n`),
  'an unknown label': sourceOf(`${header}${usual}240,1,${text}\n`),
  'a file without a header': sourceOf(`${text},${number},0\n${usual}`),
  'a file without a header, and a cell like a column': sourceOf(`chols${text},sexy,${number}\n${usual}`),
  'a header of another width': sourceOf(`${text},${number},0,1\n`, { header: ['chol', 'sex', 'num'] }),
  'a short row': sourceOf(`${header}${text}\n`),
  'a quote that does not match': sourceOf(`${header}"${text}"${number},1,0\n`),
  'a mapping that is the data': { ...sourceOf(header), mapping: sourceOf(`${header}${text}: [${text}`).path },
}

for (const [what, source] of Object.entries(faults)) {
  test(`${what}: the refusal does not say what a cell holds`, async () => {
    const error: unknown = await readDataset(source, { schema }).then(
      () => assert.fail('not refused'),
      reason => reason,
    )
    assert.ok(error instanceof Refusal, inspect(error))
    const told = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(problemOf(error))
    assert.ok(!told.includes(text) && !told.includes(number), told)
  })
}

test('the words of the report tell no cell, and its numbers are counts', async () => {
  for (const what of ['text among numbers', 'numbers outside the range', 'a wrong unit', 'an unknown code']) {
    const report = await readConformance(faults[what]!, schema)
    const words = report.fields.flatMap(field => field.findings.map(finding => findingText(field, finding)))
    assert.ok(words.length > 0, what)
    assert.ok(!JSON.stringify(words).includes(text), what)
    const codes = report.fields.flatMap(({ findings }) =>
      findings.flatMap(finding => (finding.kind === 'unknown-codes' ? finding.codes : [])),
    )
    const withoutCodes = JSON.stringify(report).replace(JSON.stringify(codes), '[]')
    assert.ok(!withoutCodes.includes(text) && !withoutCodes.includes(number), what)
  }
})

test('without a schema, and with a column that the file does not have, it is refused by path', async () => {
  const source = sourceOf(header + usual)
  await assert.rejects(readDataset(source), { code: 'mapping-invalid', hint: /part of the agreement: sign/ })
  const other = sourceOf(`chol,gender,num\n${usual}`)
  for (const read of [() => readDataset(other, { schema }), () => readConformance(other, schema)]) {
    await assert.rejects(read, { code: 'mapping-invalid', path: 'fields.sex.column' })
  }
  const { count } = await readDataset(source, { schema })
  assert.equal(count, 5)
})
