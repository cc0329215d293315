import { type FieldMoments, Refusal, statisticsCountMin, type TableSchema } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import { type Column, formAt, lengthOf, missingForm, parseNumber } from '@consort/records'

/**
 * Count, mean and sum of squared deviations of the recorded values of each number field, in the schema's units and
 * order, over the records at `rows` (from 0; all when absent). For data sets that conform to the schema; a field with
 * fewer than `statisticsCountMin` values is left out, because the mean of one is the value itself.
 *
 * In float64 by the corrected two-pass algorithm (Chan, Golub, LeVeque 1983, The American Statistician 37, equation
 * 1.7); moments of several data sets add up by `poolMoments` of package federation. Throws `data-mismatch` for a
 * column that is not there or holds text.
 */
export function fieldStatistics(
  dataset: TableDataset,
  schema: TableSchema,
  rows?: Int32Array,
): FieldMoments[] {
  return schema.fields
    .filter(({ kind }) => kind === 'number')
    .map(({ name }) => ({ field: name, ...momentsOf(numbersOf(columnOf(dataset, name), { name, rows })) }))
    .filter(({ count }) => count >= statisticsCountMin)
}

function columnOf({ columns, cells }: TableDataset, name: string): Column {
  const column = cells[columns.indexOf(name)]
  if (column !== undefined) return column
  throw new Refusal('data-mismatch', `The data set has no column named ${name}`, {
    hint: 'Register it with a mapping to the schema of the agreement.',
  })
}

/** The recorded numbers, in the order of the rows. */
function numbersOf(
  column: Column,
  { name, rows }: { name: string; rows: Int32Array | undefined },
): Float64Array {
  const count = rows?.length ?? lengthOf(column)
  const numberAt = readerOf(column)
  const numbers = new Float64Array(count)
  let found = 0
  for (let place = 0; place < count; place++) {
    const number = numberAt(rows?.[place] ?? place)
    if (number === undefined) throw holdsText(name)
    if (number !== null) numbers[found++] = number
  }
  return numbers.subarray(0, found)
}

/** null where nothing is recorded, undefined where it is no number. */
function readerOf(column: Column): (row: number) => number | null | undefined {
  if (column.kind === 'texts') {
    const numbers = column.values.map(parseNumber)
    return row => (column.codes[row]! < 0 ? null : numbers[column.codes[row]!])
  }
  return row => {
    const number = column.values[row]!
    if (!Number.isNaN(number)) return number
    return formAt(column, row) === missingForm ? null : undefined
  }
}

function holdsText(name: string): Refusal {
  return new Refusal('data-mismatch', `The column ${name} holds text, the schema has numbers`, {
    hint: 'Register the data set with a mapping to the schema of the agreement.',
  })
}

function momentsOf(numbers: Float64Array): { count: number; mean: number; m2: number } {
  const count = numbers.length
  if (count === 0) return { count, mean: 0, m2: 0 }
  const origin = numbers[0]!
  const mean = origin + sumOf(numbers, number => number - origin) / count
  const rest = sumOf(numbers, number => number - mean)
  const squares = sumOf(numbers, number => (number - mean) ** 2)
  return { count, mean, m2: Math.max(0, squares - rest ** 2 / count) }
}

function sumOf(numbers: Float64Array, term: (number: number) => number): number {
  return numbers.reduce((sum, number) => sum + term(number), 0)
}
