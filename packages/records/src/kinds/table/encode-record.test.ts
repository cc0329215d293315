import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputSpec } from '../../inputs.ts'
import { encodeRecord } from './encode-record.ts'

const table: { input: InputSpec } = {
  input: {
    kind: 'table',
    features: [
      { name: 'age', kind: 'number', center: 50, scale: 10, missing: 'indicator' },
      { name: 'stage', kind: 'category', values: ['1', '2'], missing: 'none', unknown: 'refuse' },
    ],
  },
}

test('numbers may come as numbers or as text, also for categories', () => {
  const expected = Float32Array.of(1, 0, 0, 1)
  assert.deepEqual(encodeRecord({ age: 60, stage: 2 }, table), expected)
  assert.deepEqual(encodeRecord({ age: ' 60 ', stage: '2', further: 'x' }, table), expected)
})

test('null and empty texts are missing', () => {
  assert.deepEqual(encodeRecord({ age: null, stage: ' ' }, table), Float32Array.of(0, 1, 0, 0))
})

test('a column that is not there is not a missing value', () => {
  assert.throws(() => encodeRecord({ Age: 60, stage: 2 }, table), {
    code: 'value-invalid',
    message: /no column named age/,
    hint: /Did you mean Age/,
    path: 'age',
  })
  assert.throws(() => encodeRecord(Object.create({ age: 60, stage: 2 }), table), { code: 'value-invalid' })
})

test('numbers that are not finite and values that the recipe does not list are refused', () => {
  for (const age of [Number.NaN, Number.POSITIVE_INFINITY, 'old', 1e300]) {
    assert.throws(() => encodeRecord({ age, stage: 1 }, table), { code: 'value-invalid', path: 'age' })
  }
  assert.throws(() => encodeRecord({ age: 1, stage: 3 }, table), { code: 'value-invalid', path: 'stage' })
})

test('a model of images takes no records', () => {
  const images: { input: InputSpec } = {
    input: {
      kind: 'images',
      height: 2,
      width: 2,
      channels: 1,
      mean: 0,
      deviation: 1,
      shift: 0,
      mirror: false,
    },
  }
  assert.throws(() => encodeRecord({ age: 1 }, images), { code: 'value-invalid', message: /takes images/ })
})
