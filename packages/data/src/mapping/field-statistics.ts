import { type FieldMoments, Refusal, statisticsCountMin, type TableSchema } from '@consort/protocol'
import type { Cells, TableDataset } from '../dataset.ts'
import { parseNumber } from '../pipeline/place-cell.ts'

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
    .map(({ name }) => ({ field: name, ...momentsOf(countedOf(columnOf(dataset, name), { name, rows })) }))
    .filter(({ count }) => count >= statisticsCountMin)
}

function columnOf({ columns, cells }: TableDataset, name: string): Cells {
  const column = cells[columns.indexOf(name)]
  if (column !== undefined) return column
  throw new Refusal('data-mismatch', `The data set has no column named ${name}`, {
    hint: 'Register it with a mapping to the schema of the agreement.',
  })
}

/** A number and how often it comes. */
type Counted = readonly [number: number, times: number]

function countedOf(
  { codes, values }: Cells,
  { name, rows }: { name: string; rows: Int32Array | undefined },
): Counted[] {
  const times = new Float64Array(values.length)
  const count = (code: number): void => {
    if (code >= 0) times[code]!++
  }
  if (rows === undefined) codes.forEach(count)
  else for (const row of rows) count(codes[row]!)
  return values.map((cell, code) => {
    const number = parseNumber(cell)
    if (number !== undefined) return [number, times[code]!]
    throw new Refusal('data-mismatch', `The column ${name} holds text, the schema has numbers`, {
      hint: 'Register the data set with a mapping to the schema of the agreement.',
    })
  })
}

function momentsOf(numbers: readonly Counted[]): { count: number; mean: number; m2: number } {
  const count = sumOf(numbers, () => 1)
  if (count === 0) return { count, mean: 0, m2: 0 }
  const [origin] = numbers[0]!
  const mean = origin + sumOf(numbers, number => number - origin) / count
  const rest = sumOf(numbers, number => number - mean)
  const squares = sumOf(numbers, number => (number - mean) ** 2)
  return { count, mean, m2: Math.max(0, squares - rest ** 2 / count) }
}

function sumOf(numbers: readonly Counted[], term: (number: number) => number): number {
  return numbers.reduce((sum, [number, times]) => sum + times * term(number), 0)
}
