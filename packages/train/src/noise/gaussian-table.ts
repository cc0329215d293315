/**
 * The discrete Gaussian N_ℤ(0, s²) with s = 3072, P(k) ∝ exp(−k²/2s²) (Canonne, Kamath, Steinke 2020, definition 1), as
 * an alias table (Walker 1977; Vose 1991): a uniform cell of 65,536 and a uniform threshold of 80 bits give one draw.
 *
 * How far from exact: probabilities are multiples of 2⁻⁹⁶, each within one of them, and |k| ≥ 2¹⁵ = 10.67 s, which
 * has a mass of 2⁻⁸⁵·⁸, is left out: the statistical distance, worked out with 120 digits, is 2⁻⁸²·⁹.
 */
export interface GaussianTable {
  /** Of each cell: in the upper half the first 16 bits of its threshold, in the lower half its alias. */
  readonly cells: Int32Array<ArrayBuffer>
  /** Of each cell: the other 64 bits of its threshold. */
  readonly rests: BigUint64Array<ArrayBuffer>
}

/** s: the deviation of one draw. Whole, so that exp(−k²/2s²) is a whole power of one constant. */
export const tableDeviation = 3072
/** Cell c stands for the value c − 32,768. */
export const tableCentre = 32_768

const cellsCount = 65_536
const probabilityBits = 96n
const thresholdBits = 80n
/** Of the fixed-point numbers that weights are computed with; 32,768 products lose some 15 of them. */
const fractionBits = 256n

let built: GaussianTable | undefined

/** Built at the first call (a tenth of a second), shared by all later ones. */
export function gaussianTable(): GaussianTable {
  built ??= aliasTable(cellProbabilities())
  return built
}

/** Of each cell, in units of 2⁻⁹⁶; they add up to one exactly. What rounding leaves over goes to the centre. */
export function cellProbabilities(): bigint[] {
  const weights = halfWeights()
  const total = weights[0]! + 2n * weights.slice(1).reduce((sum, weight) => sum + weight, 0n)
  const half = weights.map(weight => ((weight << (probabilityBits + 1n)) / total + 1n) >> 1n)
  const cells = Array.from({ length: cellsCount }, (_, cell) => half[Math.abs(cell - tableCentre)] ?? 0n)
  cells[tableCentre] = (1n << probabilityBits) - (cells.reduce((sum, p) => sum + p, 0n) - half[0]!)
  return cells
}

/** exp(−k²/2s²) for k = 0 … 32,767 in fixed point: w(k+1) = w(k) · c²ᵏ⁺¹ with c = exp(−1/2s²). */
function halfWeights(): bigint[] {
  const one = 1n << fractionBits
  const c = exponentialOfMinusOneOver(2n * BigInt(tableDeviation) ** 2n, one)
  const times = (left: bigint, right: bigint): bigint => (left * right) >> fractionBits
  const cc = times(c, c)
  const weights = [one]
  for (let k = 1, ratio = c; k < tableCentre; k++, ratio = times(ratio, cc)) {
    weights.push(times(weights[k - 1]!, ratio))
  }
  return weights
}

/** exp(−1/x) · one by its Taylor series, x ≥ 1. */
function exponentialOfMinusOneOver(x: bigint, one: bigint): bigint {
  let sum = 0n
  for (let term = one, n = 1n; term !== 0n; term = -term / (n * x), n++) sum += term
  return sum
}

/** Vose's pairing: a cell that is less than full is filled up by one that is more than full, its alias. */
function aliasTable(probabilities: readonly bigint[]): GaussianTable {
  const full = 1n << thresholdBits
  const left = [...probabilities]
  const cells = new Int32Array(cellsCount)
  const rests = new BigUint64Array(cellsCount)
  const short: number[] = []
  const long: number[] = []
  for (const [cell, probability] of left.entries()) (probability < full ? short : long).push(cell)
  const set = (cell: number, threshold: bigint, alias: number): void => {
    cells[cell] = (Number(threshold >> 64n) << 16) | alias
    rests[cell] = BigInt.asUintN(64, threshold)
  }
  while (short.length > 0) {
    const cell = short.pop()!
    const alias = long.at(-1)! // there is one: what is left always fills the remaining cells exactly
    set(cell, left[cell]!, alias)
    left[alias] = left[alias]! - (full - left[cell]!)
    if (left[alias]! < full) short.push(long.pop()!)
  }
  for (const cell of long) set(cell, 0n, cell) // full: it is its own alias
  return { cells, rests }
}
