/** A fraction in lowest terms; the denominator is positive. */
export interface Fraction {
  readonly top: bigint
  readonly bottom: bigint
}

/** Fractions of whole numbers, exactly: floats would call a small remainder a difference. */
export function fraction(top: bigint, bottom = 1n): Fraction {
  const divisor = greatestDivisor(top, bottom) * (bottom < 0n ? -1n : 1n)
  return { top: top / divisor, bottom: bottom / divisor }
}

export const isZero = (value: Fraction): boolean => value.top === 0n
const minusProduct = (a: Fraction, b: Fraction, c: Fraction): Fraction =>
  fraction(a.top * b.bottom * c.bottom - b.top * c.top * a.bottom, a.bottom * b.bottom * c.bottom)
const quotient = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom, a.bottom * b.top)

/**
 * The reduced row echelon form of a matrix (rows × columns), without its zero rows, and the column of each row's
 * leading 1.
 */
export function rowEchelon(matrix: readonly (readonly Fraction[])[]): {
  rows: Fraction[][]
  pivots: number[]
} {
  let left = matrix.map(row => [...row])
  const rows: Fraction[][] = []
  const pivots: number[] = []
  const columns = matrix[0]?.length ?? 0
  for (let column = 0; column < columns && left.length > 0; column++) {
    const place = left.findIndex(row => !isZero(row[column]!))
    if (place < 0) continue
    const [found] = left.splice(place, 1)
    const leading = found!.map(value => quotient(value, found![column]!))
    const clear = (row: Fraction[]): Fraction[] =>
      isZero(row[column]!)
        ? row
        : row.map((value, index) => minusProduct(value, row[column]!, leading[index]!))
    left = left.map(clear).filter(row => !row.every(isZero))
    rows.splice(0, rows.length, ...rows.map(clear), leading)
    pivots.push(column)
  }
  return { rows, pivots }
}

/** A basis of { v : matrix · v = 0 }, as rows; `columns` is the length of v. */
export function nullSpace(matrix: readonly (readonly Fraction[])[], columns: number): Fraction[][] {
  const { rows, pivots } = rowEchelon(matrix)
  const free = Array.from({ length: columns }, (_, column) => column).filter(
    column => !pivots.includes(column),
  )
  return free.map(column => {
    const vector = Array.from({ length: columns }, () => fraction(0n))
    vector[column] = fraction(1n)
    for (const [index, pivot] of pivots.entries()) {
      const { top, bottom } = rows[index]![column]!
      vector[pivot] = { top: -top, bottom }
    }
    return vector
  })
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y > 0n) [x, y] = [y, x % y]
  return x === 0n ? 1n : x
}
