import { type ByteDictionary, createByteDictionary } from './byte-dictionary.ts'
import { type Column, stringBytes } from './column.ts'
import {
  decimalsMax,
  missingForm,
  oddForm,
  oddMax,
  readNumberForm,
  shortestForm,
  writtenNumber,
} from './number-forms.ts'
import { sharedBytes, sharedCodes, sharedNumbers } from './shared-arrays.ts'
import { shortestNumber } from './shortest-number.ts'

const powersOfTen = Float64Array.from({ length: decimalsMax + 1 }, (_, power) => Number(`1e${power}`))
const plus = 0x2b
const minus = 0x2d
const point = 0x2e
const zero = 0x30
/** No form: the first cell decides it. */
const noForm = -1

/**
 * Takes the cells of one column as the bytes of a file, and makes of them what `columnOf` would make of their texts. A
 * class, because the compiler then makes one shape of it: `add` is called once for each cell of a file.
 */
export class ColumnBuilder {
  #values: Float64Array
  #forms: Uint8Array | undefined
  #uniform = noForm
  #codes: Int32Array | undefined
  #texts: ByteDictionary = createByteDictionary()
  #rows = 0
  #hasNumbers = false

  /** `capacity` is how many rows are expected; memory that is not written to costs nothing. */
  constructor(capacity: number) {
    this.#values = sharedNumbers(capacity)
  }

  /** Of memory that has been written to. */
  bytes(): number {
    const cells = this.#codes ? 4 : this.#forms ? 9 : 8
    return cells * this.#rows + this.textBytes()
  }

  /** What its different texts take of that. */
  textBytes(): number {
    return this.#texts.bytes() + stringBytes * this.#texts.size
  }

  /** A trimmed cell; one without bytes is missing. `expected` is how many rows there may be in the end. */
  add(bytes: Uint8Array, start: number, end: number, expected: number): void {
    if (this.#codes !== undefined) {
      this.#addText(bytes, start, end, expected)
      return
    }
    if (this.#rows === this.#values.length) this.#growNumbers(expected)
    if (start === end) this.#put(Number.NaN, missingForm)
    else if (!this.#addPlain(bytes, start, end)) this.#addOdd(bytes, start, end, expected)
  }

  /** A finite number that no file has as a text: as if it were written as JavaScript writes it. */
  addNumber(value: number, expected: number): void {
    const number = value + 0 // −0 is written 0
    if (this.#codes !== undefined) {
      const text = new TextEncoder().encode(String(number))
      this.#addText(text, 0, text.length, expected)
      return
    }
    if (this.#rows === this.#values.length) this.#growNumbers(expected)
    this.#hasNumbers = true
    this.#put(number, shortestForm)
  }

  /** Whether the cell was a number without an exponent, of as many digits as a float64 always keeps. */
  #addPlain(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start
    const isNegative = bytes[at] === minus
    if (isNegative) at++
    const first = at
    let whole = 0
    for (let digit = bytes[at]! - zero; at < end && digit >= 0 && digit <= 9; digit = bytes[++at]! - zero)
      whole = whole * 10 + digit
    const digits = at - first
    if (digits === 0 || (digits > 1 && bytes[first] === zero)) return false
    let decimals = 0
    if (at < end && bytes[at] === point) {
      const from = ++at
      for (let digit = bytes[at]! - zero; at < end && digit >= 0 && digit <= 9; digit = bytes[++at]! - zero)
        whole = whole * 10 + digit
      decimals = at - from
      if (decimals === 0) return false
    }
    if (at !== end) return false
    if (digits + decimals > decimalsMax) return this.#addLong(bytes, first, { end, decimals, isNegative })
    // Both are exact float64, so that their quotient is the float64 nearest to the decimal (Clinger 1990).
    const value = whole / powersOfTen[decimals]!
    this.#hasNumbers = true
    this.#put(isNegative ? -value : value, decimals)
    return true
  }

  /** Whether the cell, which has many digits, was written as JavaScript writes its number. */
  #addLong(
    bytes: Uint8Array,
    start: number,
    { end, decimals, isNegative }: { end: number; decimals: number; isNegative: boolean },
  ): boolean {
    const value = shortestNumber(bytes, start, end, decimals)
    if (Number.isNaN(value)) return false
    this.#hasNumbers = true
    this.#put(isNegative ? -value : value, shortestForm)
    return true
  }

  #put(value: number, form: number): void {
    const row = this.#rows++
    this.#values[row] = value
    if (this.#forms !== undefined) this.#forms[row] = form
    else if (this.#uniform !== form) {
      if (this.#uniform === noForm) this.#uniform = form
      else {
        this.#forms = sharedBytes(this.#values.length).fill(this.#uniform, 0, row)
        this.#forms[row] = form
      }
    }
  }

  #addOdd(bytes: Uint8Array, start: number, end: number, expected: number): void {
    const { value, form } = mayBeNumber(bytes[start]!) ? readNumberForm(textOf(bytes, start, end)) : noNumber
    if (form !== undefined) {
      this.#hasNumbers = true
      this.#put(value, form)
      return
    }
    const place = this.#texts.codeOf(bytes, start, end)
    if (place < oddMax) {
      this.#put(value, oddForm + place)
      return
    }
    this.#becomeTexts(expected)
    this.#addText(bytes, start, end, expected)
  }

  #growNumbers(expected: number): void {
    const capacity = Math.max(expected, Math.ceil(1.25 * this.#rows), 1024)
    const values = sharedNumbers(capacity)
    values.set(this.#values)
    this.#values = values
    if (this.#forms === undefined) return
    const forms = sharedBytes(capacity)
    forms.set(this.#forms)
    this.#forms = forms
  }

  #addText(bytes: Uint8Array, start: number, end: number, expected: number): void {
    if (this.#rows === this.#codes!.length) {
      const codes = sharedCodes(Math.max(expected, Math.ceil(1.25 * this.#rows), 1024))
      codes.set(this.#codes!)
      this.#codes = codes
    }
    this.#codes![this.#rows++] = start === end ? -1 : this.#texts.codeOf(bytes, start, end)
  }

  /** Its numbers become texts again, as they were written. */
  #becomeTexts(expected: number): void {
    const codes = sharedCodes(Math.max(expected, this.#values.length))
    const encoder = new TextEncoder()
    for (let row = 0; row < this.#rows; row++) {
      const form = this.#forms?.[row] ?? this.#uniform
      if (form === missingForm) codes[row] = -1
      else if (form >= oddForm) codes[row] = form - oddForm
      else {
        const text = encoder.encode(writtenNumber(this.#values[row]!, form))
        codes[row] = this.#texts.codeOf(text, 0, text.length)
      }
    }
    this.#codes = codes
    this.#values = new Float64Array(0)
    this.#forms = undefined
  }

  build(): Column {
    if (this.#codes === undefined && !this.#hasNumbers) this.#becomeTexts(this.#rows)
    const values = this.#texts.texts()
    if (this.#codes !== undefined)
      return { kind: 'texts', codes: this.#codes.subarray(0, this.#rows), values }
    const forms = this.#forms?.subarray(0, this.#rows) ?? this.#uniform
    return { kind: 'numbers', values: this.#values.subarray(0, this.#rows), forms, odd: values }
  }
}

const noNumber = { value: Number.NaN, form: undefined }

/** `+`, `-`, `.` and digits. */
function mayBeNumber(first: number): boolean {
  return (first >= zero && first <= zero + 9) || first === minus || first === point || first === plus
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}
