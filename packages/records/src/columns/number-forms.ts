import { parseNumber } from './parse-number.ts'

/**
 * How a number was written, in one byte, so that its text need not be kept: 0 to 15 are decimals (`0.50` has 2),
 * without an exponent and with 15 digits or fewer, so that a float64 gives them back.
 */
export const decimalsMax = 15

/** As JavaScript writes the float64: `1e-7`, `0.1234567890123456`. */
export const shortestForm = 16
/** As Python does, with two digits in the exponent or more: `1e-07`, and so for all below 0.0001. */
const pythonForm = 17
/** From here on: one of the odd texts of the column. */
export const oddForm = 18
/** Nothing is recorded. */
export const missingForm = 255
/** So many different odd texts fit into the byte; a column with more is one of texts. */
export const oddMax = missingForm - oddForm

/** The number that a text is, and its form; the form is undefined for texts that have to be kept, such as `007`. */
export function readNumberForm(text: string): { value: number; form: number | undefined } {
  const value = parseNumber(text)
  if (value === undefined) return { value: Number.NaN, form: undefined }
  return { value, form: candidatesFor(text).find(form => writtenNumber(value, form) === text) }
}

/** A decimal of few digits, as `toFixed` writes one. */
const plain = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?$/

function candidatesFor(text: string): number[] {
  if (text.includes('e')) return [shortestForm, pythonForm]
  const digits = text.length - (text.startsWith('-') ? 1 : 0) - (text.includes('.') ? 1 : 0)
  const fixed = digits <= decimalsMax ? plain.exec(text) : null
  return fixed ? [fixed[1]?.length ?? 0] : [shortestForm]
}

/** The text of a number of this form, which is below `oddForm`. */
export function writtenNumber(value: number, form: number): string {
  const sign = Object.is(value, -0) ? '-' : ''
  if (form <= decimalsMax) return sign + value.toFixed(form)
  if (form === shortestForm) return sign + String(value)
  const [mantissa, exponent] = pythonParts(value)
  return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function pythonParts(value: number): [mantissa: string, exponent: number] {
  const [mantissa, exponent] = value.toExponential().split('e')
  return [mantissa!, Number(exponent)]
}
