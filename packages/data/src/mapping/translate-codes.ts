import type { TextColumn } from '@consort/records'
import { sharedCodes } from '@consort/records'
import type { CategoryTranslation } from './check-mapping.ts'
import type { TranslatedColumn } from './tally.ts'

/** Cells of the file to codes of the schema; each distinct cell is looked up once. */
export function translateCodes(
  { lookup }: CategoryTranslation,
  { codes, values }: TextColumn,
  rows: Int32Array,
): TranslatedColumn {
  const meanings = values.map(lookup)
  const known = new Map<string, number>()
  const times = new Int32Array(values.length)
  let missing = 0
  const translated = sharedCodes(rows.length)
  for (let at = 0; at < rows.length; at++) {
    const code = codes[rows[at]!]!
    const meaning = code < 0 ? null : meanings[code]
    if (meaning === null) missing++
    else times[code]!++
    const place = typeof meaning === 'string' ? (known.get(meaning) ?? known.size) : -1
    if (typeof meaning === 'string') known.set(meaning, place)
    translated[at] = place
  }
  const unknown = values
    .map((cell, code): [string, number] => [cell, meanings[code] === undefined ? times[code]! : 0])
    .filter(([, count]) => count > 0)
  return {
    cells: { kind: 'texts', codes: translated, values: [...known.keys()] },
    tally: {
      records: rows.length,
      missing,
      notNumbers: 0,
      outside: 0,
      unknownCodes: new Map(unknown),
      numbers: new Map(),
    },
  }
}
