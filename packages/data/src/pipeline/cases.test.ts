import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { parseRecipe, Refusal } from '@consort/protocol'
import { encodeCase, encodeTyped, fullRecord, leavingRecord, readRecord, writtenAs } from '@consort/records'
import { writeGreyImage } from '../images/write-image.ts'

const { input, task } = parseRecipe({
  recipe: 1,
  name: 'wards',
  dataset: 'wards',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 50, scale: 10 },
      { name: 'ward', kind: 'category', values: ['a', 'b'] },
    ],
  },
  model: { kind: 'logistic' },
})
const images = {
  input: { kind: 'images', height: 2, width: 2, channels: 1, mean: 0, deviation: 1, shift: 0, mirror: false },
  task,
} as const

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error
}

test('a row becomes what the pipeline of training makes of it', async () => {
  const cells = { age: 60, ward: 'b', note: 'ignored' }
  assert.deepEqual([...(await encodeCase({ kind: 'row', cells }, { input }))], [1, 0, 1])
})

test('an image becomes pixels from 0 to 255', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-case-'))
  const path = join(folder, 'picture.png')
  await writeGreyImage(path, Uint8Array.of(0, 1, 128, 255), { height: 2, width: 2 })
  const file = readFileSync(path).toString('base64')
  rmSync(folder, { recursive: true })
  assert.deepEqual([...(await encodeCase({ kind: 'image', file }, images))], [0, 1, 128, 255])
})

test('what cannot be used is refused with its place and without its value', async () => {
  const wrong = [
    [{ kind: 'row', cells: { ward: 'a' } }, 'age'],
    [{ kind: 'row', cells: { age: 'secret', ward: 'a' } }, 'age'],
    [{ kind: 'row', cells: { age: 1, ward: 'secret' } }, 'ward'],
    [{ kind: 'image', file: '' }, 'record.kind'],
  ] as const
  for (const [record, path] of wrong) {
    const refusal = await refusalOf(encodeCase(record, { input }))
    assert.deepEqual([refusal.code, refusal.path], ['value-invalid', path])
    assert.ok(refusal.hint && !`${refusal.message} ${refusal.hint}`.includes('secret'))
  }
  const row = await refusalOf(encodeCase({ kind: 'row', cells: {} }, images))
  assert.equal(row.path, 'record.kind')
  const picture = await refusalOf(encodeCase({ kind: 'image', file: 'c2VjcmV0' }, images))
  assert.deepEqual([picture.code, picture.path], ['value-invalid', 'record.file'])
})

test('a record is kept with what the model looks at, and read again with all of it', () => {
  const row = { kind: 'row', cells: { ward: 'a', note: 'x' } } as const
  assert.deepEqual(readRecord(row, input), { kind: 'row', cells: { ward: 'a' } })
  assert.deepEqual(fullRecord(row, input), { kind: 'row', cells: { age: null, ward: 'a' } })
  const picture = { kind: 'image', file: 'c2VjcmV0' } as const
  for (const record of [readRecord(picture, images.input), fullRecord(picture, images.input)])
    assert.deepEqual(record, picture)
  assert.deepEqual(
    readRecord(row, images.input),
    row,
    'another kind is refused when it is encoded, as it came',
  )
})

test('a record leaves as cells or as a picture, and becomes a record again', () => {
  const row = leavingRecord({ kind: 'row', cells: { age: 61 } })
  assert.ok(row.as === 'cells')
  assert.deepEqual([row.cells, row.made({ age: null })], [{ age: 61 }, { kind: 'row', cells: { age: null } }])
  const picture = leavingRecord({ kind: 'image', file: 'c2VjcmV0' })
  assert.ok(picture.as === 'picture')
  assert.equal(Buffer.from(picture.file).toString(), 'secret')
  assert.deepEqual(picture.made(Buffer.from('other')), { kind: 'image', file: 'b3RoZXI=' })
})

test('a record can be typed: a row as JSON or the file of it, a picture by its path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-typed-'))
  const [picture, row] = [join(folder, 'picture.png'), join(folder, 'row.json')]
  await writeGreyImage(picture, Uint8Array.of(0, 1, 128, 255), { height: 2, width: 2 })
  const text = '{"age": "60", "ward": "b", "checked": true}'
  writeFileSync(row, text)
  for (const typed of [text, row]) assert.deepEqual([...(await encodeTyped(typed, { input }))], [1, 0, 1])
  assert.deepEqual([...(await encodeTyped(picture, images))], [0, 1, 128, 255])
  rmSync(folder, { recursive: true })
  for (const wrong of ['{', '[61]', 'null', '61'])
    assert.equal((await refusalOf(encodeTyped(wrong, { input }))).code, 'input-invalid', wrong)
})

test('a record is one text: a JSON object of its cells, or the data URL of a picture', () => {
  assert.deepEqual(writtenAs('table').read('{"age": 61}'), { kind: 'row', cells: { age: 61 } })
  assert.equal(writtenAs('table').read('age'), undefined)
  const file = 'c2VjcmV0'
  assert.deepEqual(writtenAs('images').read(`data:image/png;base64,${file}`), { kind: 'image', file })
  assert.deepEqual(writtenAs('images').read('picture'), { kind: 'image', file: undefined })
})
