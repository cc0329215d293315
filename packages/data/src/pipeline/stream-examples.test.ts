import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseRecipe } from '@consort/protocol'
import { appendRows } from '@consort/records'
import { inputRows, type PlacedColumn } from '@consort/train'
import { defaultLimits } from '../files/read-limits.ts'
import type { DataSource } from '../formats/formats.ts'
import { openReadings } from '../reading/readings.ts'
import { encodeExamples, streamExamples } from './encode-examples.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-stream-'))
after(() => rmSync(folder, { recursive: true }))

const keys = { records: Buffer.alloc(32, 1), units: Buffer.alloc(32, 2) }
const recipe = parseRecipe({
  recipe: 1,
  name: 'streamed',
  dataset: 'patients',
  task: { kind: 'classification', classes: ['0', '1'] },
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 40, scale: 7, missing: 'indicator' },
      { name: 'ward', kind: 'category', values: ['a', 'b'] },
      { name: 'grade', kind: 'category', values: ['1', '2'] },
    ],
  },
  model: { kind: 'logistic' },
})
const pause = async (): Promise<void> => {}

let files = 0

async function tableOf(lines: readonly string[], threadBytesMin = 0) {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, `age,ward,grade,y\n${lines.join('\n')}\n`)
  await using readings = openReadings({ keys, limits: defaultLimits, nowMs: Date.now, threadBytesMin })
  const source: DataSource = { kind: 'csv', path, label: 'y', missing: ['?', '-1'] }
  const { data } = await readings.read(source, undefined)
  assert.ok(data.kind === 'table')
  return data
}

const lines = Array.from({ length: 200 }, (_, row) => {
  const age = ['?', '-1', '20.5', `${row / 4}`, '1e2'][row % 5]
  return `${age},${['a', 'b', '?'][row % 3]},${1 + (row % 2)},${row % 2}`
})

/** What holds its cells. */
const arrayOf = (column: PlacedColumn) => (column.kind === 'numbers' ? column.values : column.codes)

async function columnsOf(...[data, indices]: [Parameters<typeof streamExamples>[0], Int32Array?]) {
  const { inputs } = await streamExamples(data, recipe, { ...(indices && { indices }), pause })
  assert.ok('columns' in inputs)
  return inputs.columns
}

test('the columns that were read are those that training takes, in memory that threads share', async () => {
  for (const threadBytesMin of [0, 2 ** 22]) {
    const table = await tableOf(lines, threadBytesMin)
    const [age, ward, grade] = await columnsOf(table)
    const [ages, wards] = table.cells
    assert.ok(ages?.kind === 'numbers' && wards?.kind === 'texts')
    assert.equal(arrayOf(age!), ages.values)
    assert.equal(arrayOf(ward!), wards.codes)
    assert.ok([age, ward].every(column => arrayOf(column!).buffer instanceof SharedArrayBuffer))
    assert.ok(arrayOf(grade!) instanceof Uint8Array, 'a few numbers that are codes take a byte each')
  }
})

test('with answered cases at its end too', async () => {
  const grown = appendRows(await tableOf(lines), [{ cells: { age: 5, ward: 'b', grade: 2 }, label: '1' }])
  const columns = await columnsOf(grown, Int32Array.of(200))
  assert.ok(columns.slice(0, 2).every(column => arrayOf(column).buffer instanceof SharedArrayBuffer))
  const examples = await streamExamples(grown, recipe, { indices: Int32Array.of(200), pause })
  assert.deepEqual([...inputRows(examples)], [-5, 0, 0, 1, 0, 1])
})

test('they become the numbers of the whole table', async () => {
  const table = await tableOf(lines)
  const indices = Int32Array.from({ length: 300 }, (_, place) => (place * 37) % 200)
  const { inputs, ...rest } = encodeExamples(table, recipe, indices)
  const { inputs: _, ...streamed } = await streamExamples(table, recipe, { indices, pause })
  assert.deepEqual(streamed, rest)
  assert.deepEqual(inputRows(await streamExamples(table, recipe, { indices, pause })), inputs)
})

const faults: [what: string, line: string, message: RegExp][] = [
  ['a text for a number', 'old,a,1,0', /^Row 201, column age: not a finite number/],
  ['a number that no float32 holds', '1e300,a,1,0', /^Row 201, column age: too large/],
  ['a value that is not listed', '1,c,1,0', /^Row 201, column ward: not one of the values/],
  ['a number that is not listed', '1,a,3,0', /^Row 201, column grade: not one of the values/],
  ['a label that is not listed', '1,a,1,2', /^Row 201: the label is not a class/],
]
for (const [what, line, message] of faults)
  test(`${what} is refused before any batch is taken, and only where a chosen row holds it`, async () => {
    const table = await tableOf([...lines, line])
    await assert.rejects(streamExamples(table, recipe, { pause }), { message })
    const indices = Int32Array.from({ length: 200 }, (_, row) => row)
    assert.equal((await streamExamples(table, recipe, { indices, pause })).count, 200)
  })
