import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom } from '@consort/basics'
import type { FieldMoments, NumberField, TableSchema } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import { createTableBuilder } from '@consort/records/testing/table-builder'
import { fieldStatistics } from './field-statistics.ts'

const text = { en: 'x', zh: 'x' }
const number = { kind: 'number', meaning: text, unit: '1', min: -1e12, max: 1e12 } as const
const codes = ['a', 'b'].map(code => ({ code, meaning: text }))

function schemaOf(...names: string[]): TableSchema {
  return {
    dataset: 'test',
    fields: [
      ...names.map((name): NumberField => ({ ...number, name })),
      { kind: 'category', name: 'ward', meaning: text, codes },
    ],
    label: { kind: 'category', name: 'y', meaning: text, codes },
  }
}

function tableOf(names: readonly string[], rows: readonly (readonly (number | null)[])[]): TableDataset {
  const builder = createTableBuilder([...names, 'ward'])
  for (const row of rows) builder.add([...row.map(cell => (cell === null ? null : String(cell))), 'a'], 'a')
  return builder.build()
}

/** Chan, Golub, LeVeque 1979, equation 2.1. */
function merge(a: FieldMoments, b: FieldMoments): FieldMoments {
  const count = a.count + b.count
  const apart = b.mean - a.mean
  const m2 = a.m2 + b.m2 + (apart * apart * a.count * b.count) / count
  return { field: a.field, count, mean: a.mean + (apart * b.count) / count, m2 }
}

const close = (a: number, b: number, scale: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-9 * scale, `${a} is not ${b}`)

for (let seed = 1; seed <= 40; seed++) {
  test(`moments of parts make those of the whole, however far from 0 the numbers lie (seed ${seed})`, () => {
    const random = createSeededRandom(seed)
    const center = random.normal() * 10 ** Math.floor(random.uniform() * 7)
    const spread = 10 ** Math.floor(random.uniform() * 3)
    const count = 40 + Math.floor(random.uniform() * 200)
    const rows = Array.from({ length: count }, () => [center + spread * random.normal()])
    const table = tableOf(['x'], rows)
    const schema = schemaOf('x')
    const [whole] = fieldStatistics(table, schema)
    const cut = 10 + Math.floor(random.uniform() * (count - 20))
    const indices = Array.from({ length: count }, (_, index) => index)
    random.shuffle(indices)
    const parts = [indices.slice(0, cut), indices.slice(cut)].map(
      part => fieldStatistics(table, schema, Int32Array.from(part))[0]!,
    )
    const pooled = merge(parts[0]!, parts[1]!)
    assert.equal(pooled.count, count)
    close(pooled.mean, whole!.mean, Math.abs(center) + spread)
    close(Math.sqrt(pooled.m2 / count), Math.sqrt(whole!.m2 / count), spread)
    const exact = rows.map(([value]) => value! - center)
    const mean = exact.reduce((sum, value) => sum + value, 0) / count
    const m2 = exact.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    close(Math.sqrt(whole!.m2 / count), Math.sqrt(m2 / count), spread)
  })
}

test('only recorded numbers count, repeated ones as often as they come', () => {
  const rows = Array.from({ length: 30 }, (_, index) => [index % 3 === 0 ? null : (index % 3) * 10])
  assert.deepEqual(fieldStatistics(tableOf(['x'], rows), schemaOf('x')), [
    { field: 'x', count: 20, mean: 15, m2: 500 },
  ])
})

test('a column that never changes has no deviation, not a small one', () => {
  const rows = Array.from({ length: 11 }, () => [0.1])
  assert.deepEqual(fieldStatistics(tableOf(['x'], rows), schemaOf('x')), [
    { field: 'x', count: 11, mean: 0.1, m2: 0 },
  ])
})

test('of fewer than ten values nothing is told, nor of an absent field', () => {
  const rows = Array.from({ length: 10 }, (_, index) => [index, index < 9 ? index : null, null])
  const table = tableOf(['x', 'few', 'none'], rows)
  const told = fieldStatistics(table, schemaOf('x', 'few', 'none'))
  assert.deepEqual(
    told.map(({ field }) => field),
    ['x'],
  )
  assert.deepEqual(
    fieldStatistics(
      table,
      schemaOf('x'),
      Int32Array.from({ length: 9 }, (_, row) => row),
    ),
    [],
  )
})

test('a data set that is not mapped to the schema is refused', () => {
  const table = tableOf(['x'], [[1]])
  assert.throws(() => fieldStatistics(table, schemaOf('y')), {
    code: 'data-mismatch',
    message: /named y/,
  })
  const words = createTableBuilder(['x'])
  words.add(['secret'], 'a')
  assert.throws(() => fieldStatistics(words.build(), schemaOf('x')), {
    code: 'data-mismatch',
    message: 'The column x holds text, the schema has numbers',
  })
})
