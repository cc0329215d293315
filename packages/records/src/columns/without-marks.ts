import type { Column, NumberColumn } from './column.ts'
import { missingForm, oddForm, readNumberForm } from './number-forms.ts'
import { sharedBytes, sharedCodes, sharedNumbers } from './shared-arrays.ts'

/** The column with nothing recorded where a cell is one of `marks`, as written; the column itself where none is. */
export function withoutMarks(column: Column, marks: ReadonlySet<string>): Column {
  return column.kind === 'numbers' ? numbersWithout(column, marks) : textsWithout(column, marks)
}

function textsWithout(column: Extract<Column, { kind: 'texts' }>, marks: ReadonlySet<string>): Column {
  if (!column.values.some(value => marks.has(value))) return column
  const kept = column.values.filter(value => !marks.has(value))
  let next = 0
  const places = column.values.map(value => (marks.has(value) ? -1 : next++))
  const codes = sharedCodes(column.codes.length)
  for (const [row, code] of column.codes.entries()) codes[row] = code < 0 ? -1 : places[code]!
  return { kind: 'texts', codes, values: kept }
}

/** Odd texts keep their places, so that only the cells of marks change. */
function numbersWithout(column: NumberColumn, marks: ReadonlySet<string>): Column {
  const { values, forms, odd } = column
  const gone = new Set(odd.flatMap((text, place) => (marks.has(text) ? [oddForm + place] : [])))
  const numbers = [...marks].map(readNumberForm).filter(({ form }) => form !== undefined)
  const isGone = (row: number): boolean => {
    const form = typeof forms === 'number' ? forms : forms[row]!
    if (form >= oddForm) return gone.has(form)
    return numbers.some(mark => mark.form === form && Object.is(mark.value, values[row]))
  }
  const rows: number[] = []
  if (gone.size > 0 || numbers.length > 0)
    for (let row = 0; row < values.length; row++) if (isGone(row)) rows.push(row)
  if (rows.length === 0) return column
  const left = sharedBytes(values.length)
  if (typeof forms === 'number') left.fill(forms)
  else left.set(forms)
  for (const row of rows) left[row] = missingForm
  return { kind: 'numbers', values: withoutRows(values, rows), forms: left, odd }
}

/** The same array where there were no numbers at these rows. */
function withoutRows(values: Float64Array, rows: readonly number[]): Float64Array {
  if (rows.every(row => Number.isNaN(values[row]))) return values
  const left = sharedNumbers(values.length)
  left.set(values)
  for (const row of rows) left[row] = Number.NaN
  return left
}
