import type { Cells } from '../dataset.ts'
import type { CategoryTranslation, NumberTranslation } from './check-mapping.ts'
import type { TranslatedColumn } from './translate-column.ts'
import { numberTraps } from './traps.ts'
import type { UnitName } from './units.ts'

/** What is wrong, or may be, with a column. `cells` counts the cells that show it. */
export type Fault =
  /** Many cells are 0, and the schema's range has no 0. */
  | { readonly kind: 'zero-means-missing'; readonly cells: number }
  /** Many cells are 0, far from all others, though 0 is in the range. */
  | { readonly kind: 'zero-suspect'; readonly cells: number }
  /** Most numbers are outside the range, but would be inside if recorded in one of `units` (the likeliest first). */
  | { readonly kind: 'wrong-unit'; readonly cells: number; readonly units: readonly UnitName[] }
  /** Numbers outside the range that the findings above do not explain; `zeros` of them are 0. */
  | {
      readonly kind: 'outside'
      readonly cells: number
      readonly zeros: number
      readonly range: { readonly min: number; readonly max: number; readonly unit: string }
    }
  | { readonly kind: 'not-a-number'; readonly cells: number }
  /** At most five of the codes, the most frequent first, and none where they look like anything but codes. */
  | { readonly kind: 'unknown-codes'; readonly cells: number; readonly codes: readonly string[] }
  /** All recorded cells became the same. */
  | { readonly kind: 'constant'; readonly cells: number }
  /** A column is mapped, and nothing is recorded in it. */
  | { readonly kind: 'all-missing' }

/** An error keeps the data set from being used. */
export type Finding = Fault & { readonly level: 'error' | 'warning' }

/** What a translated column shows, errors first. */
export function findingsOf(
  translation: NumberTranslation | CategoryTranslation,
  { cells, tally }: TranslatedColumn,
): Finding[] {
  const { records, missing, notNumbers, unknownCodes } = tally
  const found: Finding[] = translation.kind === 'number' ? numberTraps(translation, tally) : []
  if (notNumbers > 0) found.push({ kind: 'not-a-number', level: 'error', cells: notNumbers })
  if (unknownCodes.size > 0) found.push(unknownCodesFinding(unknownCodes))
  if (missing === records) found.push({ kind: 'all-missing', level: 'warning' })
  if (found.length === 0 && isConstant(cells)) {
    found.push({ kind: 'constant', level: 'warning', cells: records - missing })
  }
  return found.sort((a, b) => rank(a) - rank(b))
}

function rank({ level }: Finding): number {
  return level === 'error' ? 0 : 1
}

/** Two equal cells or more. */
function isConstant({ codes, values }: Cells): boolean {
  return values.length === 1 && codes.filter(code => code >= 0).length > 1
}

const distinctMax = 20
const codesShown = 5
const codeLengthMax = 20

/** A column of names or notes, mapped by mistake, has many distinct cells or long ones: none of them is shown. */
function unknownCodesFinding(unknown: ReadonlyMap<string, number>): Finding {
  const byCount = [...unknown].sort(([, a], [, b]) => b - a)
  const areCodes = unknown.size <= distinctMax && byCount.every(([code]) => code.length <= codeLengthMax)
  return {
    kind: 'unknown-codes',
    level: 'error',
    cells: byCount.reduce((sum, [, count]) => sum + count, 0),
    codes: areCodes ? byCount.slice(0, codesShown).map(([code]) => code) : [],
  }
}
