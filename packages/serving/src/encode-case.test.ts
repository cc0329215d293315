import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { writeGreyImage } from '@consort/data'
import { parseRecipe, Refusal } from '@consort/protocol'
import { encodeCase } from './encode-case.ts'

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
  assert.deepEqual([...(await encodeCase({ kind: 'row', cells }, { input, task }))], [1, 0, 1])
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
    const refusal = await refusalOf(encodeCase(record, { input, task }))
    assert.deepEqual([refusal.code, refusal.path], ['value-invalid', path])
    assert.ok(refusal.hint && !`${refusal.message} ${refusal.hint}`.includes('secret'))
  }
  const row = await refusalOf(encodeCase({ kind: 'row', cells: {} }, images))
  assert.equal(row.path, 'record.kind')
  const picture = await refusalOf(encodeCase({ kind: 'image', file: 'c2VjcmV0' }, images))
  assert.deepEqual([picture.code, picture.path], ['value-invalid', 'record.file'])
})
