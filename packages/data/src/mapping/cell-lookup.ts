import { parseNumber } from '@consort/records'

/** A code of the consortium, null for "not recorded", undefined for a cell that is not listed. */
export type CellLookup = (cell: string) => string | null | undefined

/**
 * Finds what a cell is listed as: by its text first, then by its number, so that `1.0` in the file is the `1` of a
 * list. Of two entries that are equal the earlier one counts.
 */
export function createCellLookup(entries: readonly (readonly [string, string | null])[]): CellLookup {
  const texts = new Map<string, string | null>()
  const numbers = new Map<number, string | null>()
  for (const [text, meaning] of entries) {
    if (!texts.has(text)) texts.set(text, meaning)
    const number = parseNumber(text)
    if (number !== undefined && !numbers.has(number)) numbers.set(number, meaning)
  }
  return cell => {
    const meaning = texts.get(cell)
    if (meaning !== undefined) return meaning
    const number = parseNumber(cell)
    return number === undefined ? undefined : numbers.get(number)
  }
}
