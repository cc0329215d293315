import type { Column, NumberColumn, TextColumn } from './column.ts'
import { distinctTexts } from './distinct-texts.ts'
import { missingForm, oddForm, oddMax } from './number-forms.ts'
import { sharedBytes, sharedCodes, sharedNumbers } from './shared-arrays.ts'

/** The rows of `one` and then those of `other`. */
export function concatColumns(one: Column, other: Column): Column {
  const second = asNumbers(other)
  const both = one.kind === 'numbers' && second ? concatNumbers(one, second) : undefined
  return both ?? concatTexts(distinctTexts(one), distinctTexts(other))
}

/** A column in which nothing is recorded is one of numbers as well. */
function asNumbers(column: Column): NumberColumn | undefined {
  if (column.kind === 'numbers') return column
  if (column.values.length > 0) return undefined
  const { length } = column.codes
  return {
    kind: 'numbers',
    values: new Float64Array(length).fill(Number.NaN),
    forms: new Uint8Array(length).fill(missingForm),
    odd: [],
  }
}

function concatNumbers(one: NumberColumn, other: NumberColumn): NumberColumn | undefined {
  const odd = [...new Set([...one.odd, ...other.odd])]
  if (odd.length > oddMax) return undefined
  const moved = other.odd.map(text => oddForm + odd.indexOf(text))
  const [first, second] = [one.values.length, other.values.length]
  const values = sharedNumbers(first + second)
  values.set(one.values)
  values.set(other.values, first)
  if (one.forms === other.forms && typeof one.forms === 'number')
    return { kind: 'numbers', values, forms: one.forms, odd }
  const forms = sharedBytes(first + second)
  forms.set(formsOf(one))
  forms.set(
    formsOf(other).map(form => (form < oddForm || form === missingForm ? form : moved[form - oddForm]!)),
    first,
  )
  return { kind: 'numbers', values, forms, odd }
}

function formsOf({ forms, values }: NumberColumn): Uint8Array {
  return typeof forms === 'number' ? new Uint8Array(values.length).fill(forms) : forms
}

function concatTexts(one: TextColumn, other: TextColumn): TextColumn {
  const known = new Map(one.values.map((text, code) => [text, code]))
  const moved = other.values.map(text => {
    const code = known.get(text) ?? known.size
    known.set(text, code)
    return code
  })
  const codes = sharedCodes(one.codes.length + other.codes.length)
  codes.set(one.codes)
  codes.set(
    other.codes.map(code => (code < 0 ? -1 : moved[code]!)),
    one.codes.length,
  )
  return { kind: 'texts', codes, values: [...known.keys()] }
}
