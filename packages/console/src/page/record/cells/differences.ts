import { formatCell } from '../../language/format.ts'

type Cell = string | number | null | undefined

/**
 * Whether two cells of one field say something else: 61 is “61”, “61.0” too; what is not recorded differs from all that
 * is.
 */
export function differs(cell: Cell, other: Cell): boolean {
  const [one, two] = [formatCell(cell), formatCell(other)]
  if (one === two) return false
  return one === null || two === null || numberOf(one) !== numberOf(two)
}

/** NaN, which is equal to nothing, for what is no number. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
