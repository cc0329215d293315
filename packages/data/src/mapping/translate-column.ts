import type { Column } from '@consort/records'
import { distinctTexts } from '@consort/records'
import type { Translation } from './check-mapping.ts'
import type { TranslatedColumn } from './tally.ts'
import { translateCodes } from './translate-codes.ts'
import { translateNumbers } from './translate-numbers.ts'

/** Translates the cells of a column at `rows` (from 0). */
export function translateColumn(
  translation: Exclude<Translation, { kind: 'absent' }>,
  column: Column,
  rows: Int32Array,
): TranslatedColumn {
  return translation.kind === 'number'
    ? translateNumbers(translation, column, rows)
    : translateCodes(translation, distinctTexts(column), rows)
}
