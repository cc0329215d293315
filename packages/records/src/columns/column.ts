import { missingForm, oddForm, writtenNumber } from './number-forms.ts'
import { parseNumber } from './parse-number.ts'

/** One column of a table. What it holds comes back exactly as it was written, whichever of the two it is. */
export type Column = NumberColumn | TextColumn

/** Numbers as float64, none of them a string. */
export interface NumberColumn {
  readonly kind: 'numbers'
  /** NaN where nothing is recorded, and where what is recorded is no number. */
  readonly values: Float64Array
  /**
   * How each number was written, by `number-forms.ts`: tells a missing cell from one that is no number. A single form
   * where all cells have it and none is missing.
   */
  readonly forms: Uint8Array | number
  /** Cells that no form describes (`n/a`, `007`): the cell whose form is `oddForm + i` holds `odd[i]`. */
  readonly odd: readonly string[]
}

/** Texts by their distinct values: row `i` holds `values[codes[i]]`, and nothing where the code is −1. */
export interface TextColumn {
  readonly kind: 'texts'
  readonly codes: Int32Array
  readonly values: readonly string[]
}

/** The number of rows. */
export function lengthOf(column: Column): number {
  return column.kind === 'numbers' ? column.values.length : column.codes.length
}

/** The form of a row of numbers. */
export function formAt({ forms }: NumberColumn, row: number): number {
  return typeof forms === 'number' ? forms : forms[row]!
}

/** What a column holds at a row, as it was written; null where nothing is recorded. */
export function textAt(column: Column, row: number): string | null {
  if (column.kind === 'texts') return column.values[column.codes[row]!] ?? null
  const form = formAt(column, row)
  if (form === missingForm) return null
  return form >= oddForm ? column.odd[form - oddForm]! : writtenNumber(column.values[row]!, form)
}

/** The number that a column holds at a row: null where nothing is recorded, undefined where it is no number. */
export function numberAt(column: Column, row: number): number | null | undefined {
  if (column.kind === 'texts') {
    const text = textAt(column, row)
    return text === null ? null : parseNumber(text)
  }
  const number = column.values[row]!
  if (!Number.isNaN(number)) return number
  return formAt(column, row) === missingForm ? null : undefined
}

/** The bytes of memory that a column takes, its texts by estimate. */
export function bytesOf(column: Column): number {
  if (column.kind === 'texts') return column.codes.byteLength + textBytes(column.values)
  const forms = typeof column.forms === 'number' ? 0 : column.forms.byteLength
  return column.values.byteLength + forms + textBytes(column.odd)
}

/** Its different texts, which stand in the heap of V8. */
export function textsOf(column: Column): readonly string[] {
  return column.kind === 'texts' ? column.values : column.odd
}

/** What V8 needs for a string beside its characters. */
export const stringBytes = 32

/**
 * What texts take of the heap, by estimate: two bytes a character, as V8 stores a text in which one is outside Latin-1.
 */
export function textBytes(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + 2 * text.length + stringBytes, 0)
}
