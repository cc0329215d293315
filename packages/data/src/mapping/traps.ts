import type { NumberTranslation } from './check-mapping.ts'
import type { Finding } from './finding.ts'
import type { Tally } from './tally.ts'
import { convert, otherUnits, type UnitName } from './units.ts'

/** So many cells at least, and such a share of the recorded ones, are no accident. */
const cellsMin = 3
const shareMin = 0.01

/** So many of the numbers must lie inside the range under another unit for that unit to be named. */
const insideShareMin = 0.9
const unitsShown = 3

/** Fewer distinct numbers than this are counts or grades, where 0 is one of the steps. */
const distinctMin = 10
const fenceFactor = 3

/**
 * The traps of a column of numbers.
 *
 * - zero-means-missing: at least 3 zeros and 1 % of the recorded numbers, where the range has no 0. An error, unless
 *   the mapping drops what is outside anyway.
 * - wrong-unit: more than half of the numbers that are not 0 lie outside the range, and at least 90 % of them would
 *   lie inside under another unit of the quantity. An error in any case: dropped, they would leave nothing.
 * - outside: what else lies outside the range.
 * - zero-suspect: as many zeros, inside the range but beyond the outer fence of the other numbers, three times their
 *   interquartile range from the nearer quartile (Tukey 1977, Exploratory Data Analysis, section 2E). A quantity that
 *   piles up near 0, such as an ST depression, has its fence below 0; counts and grades are left out.
 */
export function numberTraps(translation: NumberTranslation, tally: Tally): Finding[] {
  const { field, dropsOutside } = translation
  const level = dropsOutside ? 'warning' : 'error'
  const zeros = tally.numbers.get(0) ?? 0
  const areMany = zeros >= Math.max(cellsMin, shareMin * (tally.records - tally.missing))
  const isZeroInside = isInside(0, translation)
  const others = [...tally.numbers].filter(([number]) => number !== 0).sort(([a], [b]) => a - b)

  const found: Finding[] = []
  if (areMany && !isZeroInside) found.push({ kind: 'zero-means-missing', level, cells: zeros })
  if (areMany && isZeroInside && isFarFromZero(others)) {
    found.push({ kind: 'zero-suspect', level: 'warning', cells: zeros })
  }
  const units = likelierUnits(others, translation)
  if (units.length > 0) {
    found.push({ kind: 'wrong-unit', level: 'error', cells: outsideOf(others, translation), units })
    return found
  }
  const unexplainedZeros = isZeroInside || areMany ? 0 : zeros
  const cells = outsideOf(others, translation) + unexplainedZeros
  if (cells > 0) {
    const range = { min: field.min, max: field.max, unit: field.unit }
    found.push({ kind: 'outside', level, cells, zeros: unexplainedZeros, range })
  }
  return found
}

/** Distinct numbers in the unit of the file, ascending, with how often each comes. */
type Counted = readonly (readonly [number, number])[]

type Reading = Pick<NumberTranslation, 'field' | 'from' | 'to'>

function isInside(number: number, { field, from, to }: Reading): boolean {
  const value = convert(number, { from, to })
  return value >= field.min && value <= field.max
}

function total(numbers: Counted): number {
  return numbers.reduce((sum, [, count]) => sum + count, 0)
}

function outsideOf(numbers: Counted, reading: Reading): number {
  return total(numbers.filter(([number]) => !isInside(number, reading)))
}

/** The units under which the numbers fit, those of the nearest size first; none where the mapping's own does. */
function likelierUnits(numbers: Counted, reading: NumberTranslation): UnitName[] {
  const all = total(numbers)
  const outside = outsideOf(numbers, reading)
  if (outside < cellsMin || outside <= all / 2) return []
  return otherUnits(reading.from)
    .filter(from => outsideOf(numbers, { ...reading, from }) <= (1 - insideShareMin) * all)
    .slice(0, unitsShown)
}

function isFarFromZero(numbers: Counted): boolean {
  if (numbers.length < distinctMin) return false
  const low = quantileOf(numbers, 0.25)
  const high = quantileOf(numbers, 0.75)
  const reach = fenceFactor * (high - low)
  return low - reach > 0 || high + reach < 0
}

/** The least number that has at least `share` of all at or below it. */
function quantileOf(numbers: Counted, share: number): number {
  const rank = share * total(numbers)
  let seen = 0
  for (const [number, count] of numbers) {
    seen += count
    if (seen >= rank) return number
  }
  return Number.NaN
}
