import { type Column, formAt, type NumberColumn, type TextColumn } from './column.ts'
import { missingForm, oddForm, writtenNumber } from './number-forms.ts'

/**
 * A column by its distinct texts, in the order in which they first come: for codes and names, of which there are few.
 */
export function distinctTexts(column: Column): TextColumn {
  return column.kind === 'texts' ? column : distinctNumbers(column)
}

function distinctNumbers(column: NumberColumn): TextColumn {
  const values: string[] = []
  const odd = new Int32Array(column.odd.length).fill(-1)
  const numbers = new Map<number, Map<number, number>>()
  const codes = new Int32Array(column.values.length)
  for (let row = 0; row < codes.length; row++) {
    const form = formAt(column, row)
    if (form === missingForm) codes[row] = -1
    else if (form >= oddForm) {
      const place = form - oddForm
      if (odd[place]! < 0) odd[place] = values.push(column.odd[place]!) - 1
      codes[row] = odd[place]!
    } else {
      const value = column.values[row]!
      const known = mapOf(numbers, Object.is(value, -0) ? -1 - form : form) // a Map takes −0 for 0
      let code = known.get(value)
      if (code === undefined) {
        code = values.push(writtenNumber(value, form)) - 1
        known.set(value, code)
      }
      codes[row] = code
    }
  }
  return { kind: 'texts', codes, values }
}

function mapOf(numbers: Map<number, Map<number, number>>, form: number): Map<number, number> {
  const known = numbers.get(form) ?? new Map<number, number>()
  numbers.set(form, known)
  return known
}
