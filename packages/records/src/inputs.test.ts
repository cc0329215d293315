import assert from 'node:assert/strict'
import test from 'node:test'
import { caseRecordSchema, inputSchema, inputShapeOf } from './inputs.ts'
import { featureWidth, type TableFeature, tableFeatureSchema } from './kind/table-feature.ts'

function feature(spec: object): TableFeature {
  return tableFeatureSchema.parse({ name: 'x', ...spec })
}

const three = { kind: 'category', values: ['a', 'b', 'c'] }
const widths: [object, number][] = [
  [{ kind: 'number' }, 1],
  [{ kind: 'number', missing: 'center' }, 1],
  [{ kind: 'number', missing: 'refuse' }, 1],
  [{ kind: 'number', missing: 'indicator' }, 2],
  [three, 3],
  [{ ...three, values: ['a'] }, 1],
  [{ ...three, missing: 'none' }, 3],
  [{ ...three, missing: 'refuse' }, 3],
  [{ ...three, missing: 'indicator' }, 4],
  [{ ...three, unknown: 'none' }, 3],
  [{ ...three, unknown: 'refuse' }, 3],
  [{ ...three, unknown: 'indicator' }, 4],
  [{ ...three, missing: 'indicator', unknown: 'indicator' }, 5],
]

test('a column becomes one number, or one for each value, and one for each indicator', () => {
  for (const [spec, width] of widths) assert.equal(featureWidth(feature(spec)), width, JSON.stringify(spec))
})

test('a table is as wide as its columns together', () => {
  const features = widths.map(([spec], index) => ({ name: `x${index}`, ...spec }))
  const total = widths.reduce((sum, [, width]) => sum + width, 0)
  assert.deepEqual(inputShapeOf(inputSchema.parse({ kind: 'table', features })), [total])
})

test('an image is channels by height by width', () => {
  const spec = { kind: 'images', height: 20, width: 30 }
  assert.deepEqual(inputShapeOf(inputSchema.parse(spec)), [1, 20, 30])
  assert.deepEqual(inputShapeOf(inputSchema.parse({ ...spec, channels: 3 })), [3, 20, 30])
})

test('a text is as wide as its tokenizer has buckets, of which a recipe need not speak', () => {
  const input = inputSchema.parse({ kind: 'text' })
  const tokenizer = { kind: 'hashed-words', buckets: 1000, ngrams: 1 }
  assert.deepEqual(input, { kind: 'text', tokenizer, lengthMax: 2000 })
  assert.deepEqual(inputShapeOf(input), [1000])
  for (const wrong of [{ buckets: 1 }, { buckets: 2 ** 17 }, { ngrams: 3 }, { kind: 'file' }])
    assert.equal(inputSchema.safeParse({ ...input, tokenizer: { ...tokenizer, ...wrong } }).success, false)
})

test('the text of a question has no NUL, no half of a character, and an end', () => {
  const isTaken = (text: string) => caseRecordSchema.safeParse({ kind: 'text', text }).success
  assert.deepEqual(['', 'Dear 您好', 'a\0b', 'a\ud800', 'x'.repeat(200_001)].map(isTaken), [
    true,
    true,
    false,
    false,
    false,
  ])
})
