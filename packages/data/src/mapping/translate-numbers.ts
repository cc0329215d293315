import {
  type Column,
  formAt,
  missingForm,
  type NumberColumn,
  oddForm,
  parseNumber,
  sharedBytes,
  sharedNumbers,
  shortestForm,
  type TextColumn,
} from '@consort/records'
import type { NumberTranslation } from './check-mapping.ts'
import type { TranslatedColumn } from './tally.ts'
import { convert } from './units.ts'

/** A number as the file has it, or why there is none. */
type Home = number | 'missing' | 'not-a-number'

/** Numbers in the unit of the file to numbers in the schema's, as JavaScript writes them. */
export function translateNumbers(
  translation: NumberTranslation,
  column: Column,
  rows: Int32Array,
): TranslatedColumn {
  const homeAt = column.kind === 'numbers' ? numbersOf(translation, column) : textsOf(translation, column)
  const { field, from, to } = translation
  const values = sharedNumbers(rows.length).fill(Number.NaN)
  const forms = sharedBytes(rows.length).fill(missingForm)
  const counts = { missing: 0, 'not-a-number': 0, outside: 0 }
  const numbers = new Map<number, number>()
  for (let place = 0; place < rows.length; place++) {
    const home = homeAt(rows[place]!)
    if (typeof home === 'string') {
      counts[home]++
      continue
    }
    numbers.set(home, (numbers.get(home) ?? 0) + 1)
    const value = convert(home, { from, to })
    if (value < field.min || value > field.max) {
      counts.outside++
      continue
    }
    values[place] = value === 0 ? 0 : value // −0 is written 0
    forms[place] = shortestForm
  }
  return {
    cells: { kind: 'numbers', values, forms, odd: [] },
    tally: {
      records: rows.length,
      missing: counts.missing,
      notNumbers: counts['not-a-number'],
      outside: counts.outside,
      unknownCodes: new Map(),
      numbers,
    },
  }
}

function numbersOf(
  { lookup, missingNumbers }: NumberTranslation,
  column: NumberColumn,
): (row: number) => Home {
  const isOddMissing = column.odd.map(text => lookup(text) === null)
  return row => {
    const form = formAt(column, row)
    const value = column.values[row]!
    if (form === missingForm || missingNumbers.has(value)) return 'missing'
    if (form >= oddForm && isOddMissing[form - oddForm]) return 'missing'
    return Number.isNaN(value) ? 'not-a-number' : value
  }
}

/** Each distinct cell is worked out once. */
function textsOf({ lookup }: NumberTranslation, { codes, values }: TextColumn): (row: number) => Home {
  const homes = values.map((cell): Home => {
    return lookup(cell) === null ? 'missing' : (parseNumber(cell) ?? 'not-a-number')
  })
  return row => homes[codes[row]!] ?? 'missing'
}
