import assert from 'node:assert/strict'
import test from 'node:test'
import { inputSchema, inputShapeOf } from './inputs.ts'
import { featureWidth, type TableFeature, tableFeatureSchema } from './table-feature.ts'

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
