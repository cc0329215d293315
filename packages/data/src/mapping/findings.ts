import type { Column } from '@consort/records'
import { distinctTexts } from '@consort/records'
import type { CategoryTranslation, NumberTranslation } from './check-mapping.ts'
import type { Finding } from './finding.ts'
import type { TranslatedColumn } from './tally.ts'
import { numberTraps } from './traps.ts'

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
function isConstant(column: Column): boolean {
  const { codes, values } = distinctTexts(column)
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
