import type { Cells } from '../dataset.ts'
import { parseNumber } from '../pipeline/place-cell.ts'
import { createCellsBuilder } from '../table-builder.ts'
import type { CategoryTranslation, NumberTranslation, Translation } from './check-mapping.ts'
import { convert } from './units.ts'

/** What was seen while a column was translated. Holds cells: stays inside this package. */
export interface Tally {
  readonly records: number
  /** Cells that are empty or listed as missing. */
  readonly missing: number
  readonly notNumbers: number
  /** Numbers outside the range of the schema. */
  readonly outside: number
  /** Cells that the mapping has no code for, with how often they come. */
  readonly unknownCodes: ReadonlyMap<string, number>
  /** Every number in the unit of the file, inside the range or not, with how often it comes. */
  readonly numbers: ReadonlyMap<number, number>
}

export interface TranslatedColumn {
  /** In the unit and codes of the schema; nothing where the cell is missing or cannot be used. */
  readonly cells: Cells
  readonly tally: Tally
}

/** Translates the cells of a column at `rows` (from 0); each distinct cell is worked out once. */
export function translateColumn(
  translation: Exclude<Translation, { kind: 'absent' }>,
  { codes, values }: Cells,
  rows: Int32Array,
): TranslatedColumn {
  const readings = values.map(cell =>
    translation.kind === 'number' ? readNumber(translation, cell) : readCode(translation, cell),
  )
  const times = new Int32Array(values.length)
  const builder = createCellsBuilder()
  let empty = 0
  for (const row of rows) {
    const code = codes[row]!
    const reading = readings[code]
    if (reading === undefined) empty++
    else times[code]!++
    builder.add(reading !== undefined && 'cell' in reading ? reading.cell : null)
  }
  return { cells: builder.build(), tally: tallyOf({ values, readings, times, empty }) }
}

/** What a cell is. `cell` is what it becomes, `home` the number as the file has it. */
type Reading =
  | { readonly kind: 'number'; readonly cell: string; readonly home: number }
  | { readonly kind: 'outside'; readonly home: number }
  | { readonly kind: 'code'; readonly cell: string }
  | { readonly kind: 'missing' | 'not-a-number' | 'unknown-code' }

function readNumber({ field, from, to, lookup }: NumberTranslation, cell: string): Reading {
  if (lookup(cell) === null) return { kind: 'missing' }
  const home = parseNumber(cell)
  if (home === undefined) return { kind: 'not-a-number' }
  const value = convert(home, { from, to })
  if (value < field.min || value > field.max) return { kind: 'outside', home }
  return { kind: 'number', cell: String(value), home }
}

function readCode({ lookup }: CategoryTranslation, cell: string): Reading {
  const code = lookup(cell)
  if (code === undefined) return { kind: 'unknown-code' }
  return code === null ? { kind: 'missing' } : { kind: 'code', cell: code }
}

interface Seen {
  values: readonly string[]
  readings: readonly Reading[]
  times: Int32Array
  empty: number
}

function tallyOf({ values, readings, times, empty }: Seen): Tally {
  const counts = { number: 0, outside: 0, code: 0, missing: empty, 'not-a-number': 0, 'unknown-code': 0 }
  const unknownCodes = new Map<string, number>()
  const numbers = new Map<number, number>()
  readings.forEach((reading, index) => {
    const count = times[index]!
    if (count === 0) return
    counts[reading.kind] += count
    if (reading.kind === 'unknown-code') unknownCodes.set(values[index]!, count)
    if ('home' in reading) numbers.set(reading.home, (numbers.get(reading.home) ?? 0) + count)
  })
  return {
    records: Object.values(counts).reduce((sum, count) => sum + count),
    missing: counts.missing,
    notNumbers: counts['not-a-number'],
    outside: counts.outside,
    unknownCodes,
    numbers,
  }
}
