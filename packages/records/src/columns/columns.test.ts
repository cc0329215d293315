import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeededRandom, type SeededRandom } from '@consort/basics'
import { type Column, lengthOf, textAt } from './column.ts'
import { ColumnBuilder } from './column-builder.ts'
import { columnOf } from './column-of.ts'
import { concatColumns } from './concat-columns.ts'
import { distinctTexts } from './distinct-texts.ts'
import { parseNumber } from './parse-number.ts'
import { withoutMarks } from './without-marks.ts'

/** As programs and people write numbers, and what stands between them. */
const spellings: readonly ((random: SeededRandom) => string | null)[] = [
  random => (random.normal() * 1000).toFixed(Math.floor(random.uniform() * 6)),
  random => String(Math.floor(random.normal() * 1e6)),
  random => String(random.normal()),
  random => String(random.normal() * 10 ** Math.floor(random.uniform() * 600 - 300)),
  random => (random.normal() * 1e-8).toExponential(),
  random => `${random.normal().toFixed(3)}e-0${Math.floor(random.uniform() * 9)}`,
  random => `0${Math.floor(random.uniform() * 100)}`,
  random => ['-0', '-0.00', '+1', '.5', '5.', '0.1e3', '1e999', '123456789012345678'][integer(random, 8)]!,
  random => ['NA', '?', 'n/a', '数据', '', 'male', '1,5'][integer(random, 7)]!,
  () => null,
]

function cellsOf(random: SeededRandom): (string | null)[] {
  const kinds = spellings.filter(() => random.uniform() < 0.4)
  const chosen = kinds.length > 0 ? kinds : spellings
  return Array.from({ length: integer(random, 600) }, () => chosen[integer(random, chosen.length)]!(random))
}

function textsOf(column: Column): (string | null)[] {
  return Array.from({ length: lengthOf(column) }, (_, row) => textAt(column, row))
}

function builtFrom(cells: readonly (string | null)[]): Column {
  const builder = new ColumnBuilder(0)
  for (const cell of cells) {
    const bytes = new TextEncoder().encode(`x${cell ?? ''}x`)
    builder.add(bytes, 1, bytes.length - 1, 0)
  }
  return builder.build()
}

for (let seed = 1; seed <= 60; seed++) {
  test(`every column gives back what was written, however it is kept (seed ${seed})`, () => {
    const random = createSeededRandom(seed)
    const cells = cellsOf(random)
    const column = columnOf(cells)
    assert.deepEqual(textsOf(column), cells)
    const written = cells.map(cell => cell || null) // a file has no empty cell that is recorded
    const built = builtFrom(written)
    assert.deepEqual(textsOf(built), written)
    assert.equal(built.kind, columnOf(written).kind)
    if (built.kind === 'numbers') {
      const numbers = written.map(cell => (cell === null ? undefined : parseNumber(cell)) ?? Number.NaN)
      assert.deepEqual([...built.values], numbers)
    }

    const { codes, values } = distinctTexts(column)
    assert.deepEqual(
      Array.from(codes, code => values[code] ?? null),
      cells,
    )
    assert.deepEqual(values, [...new Set(cells.filter(cell => cell !== null))])

    const marks = new Set(['NA', '?', '0', '-0', '01', ...cells.slice(0, 3).map(String)])
    const left = cells.map(cell => (cell !== null && marks.has(cell) ? null : cell))
    assert.deepEqual(textsOf(withoutMarks(column, marks)), left)
    assert.deepEqual(textsOf(column), cells, 'the column itself stays')

    const others = cellsOf(random)
    assert.deepEqual(textsOf(concatColumns(column, columnOf(others))), [...cells, ...others])
  })
}

test('numbers are no strings, whatever few cells among them say', () => {
  const cells = Array.from({ length: 5000 }, (_, row) => (row % 3 === 0 ? 'NA' : (row / 7).toFixed(4)))
  const column = builtFrom(cells)
  assert.ok(column.kind === 'numbers')
  assert.deepEqual(column.odd, ['NA'])
  const full = builtFrom(Array.from({ length: 5000 }, (_, row) => String(row / 7)))
  assert.ok(full.kind === 'numbers' && full.odd.length === 0)
})

test('a column of one form keeps no form for each cell', () => {
  const column = builtFrom(['1.50', '-0.00', '2.25'])
  assert.ok(column.kind === 'numbers')
  assert.equal(column.forms, 2)
})

function integer(random: SeededRandom, below: number): number {
  return Math.floor(random.uniform() * below)
}
