import type { Column } from './column.ts'
import { missingForm, oddForm, oddMax, readNumberForm } from './number-forms.ts'

/**
 * A column of these cells, null where nothing is recorded: numbers where at least one is a number and few different
 * cells are something else.
 */
export function columnOf(cells: readonly (string | null)[]): Column {
  return numbersOf(cells) ?? textsOf(cells)
}

function numbersOf(cells: readonly (string | null)[]): Column | undefined {
  const values = new Float64Array(cells.length).fill(Number.NaN)
  const forms = new Uint8Array(cells.length).fill(missingForm)
  const odd = new Map<string, number>()
  let hasNumbers = false
  for (const [row, cell] of cells.entries()) {
    if (cell === null) continue
    const { value, form } = readNumberForm(cell)
    values[row] = value
    hasNumbers ||= form !== undefined
    if (form !== undefined) forms[row] = form
    else {
      const place = odd.get(cell) ?? odd.size
      if (place === oddMax) return undefined
      odd.set(cell, place)
      forms[row] = oddForm + place
    }
  }
  return hasNumbers ? { kind: 'numbers', values, forms, odd: [...odd.keys()] } : undefined
}

function textsOf(cells: readonly (string | null)[]): Column {
  const known = new Map<string, number>()
  const codes = Int32Array.from(cells, cell => {
    if (cell === null) return -1
    const code = known.get(cell) ?? known.size
    known.set(cell, code)
    return code
  })
  return { kind: 'texts', codes, values: [...known.keys()] }
}
