import { Refusal } from '@consort/protocol'
import type { TextDataset } from '@consort/records'
import { textAt } from '@consort/records'
import { parseCsvHeader } from '../csv/csv-header.ts'
import { labelMissing } from '../csv/csv-rows.ts'
import type { WrittenTable } from '../csv/written-table.ts'

/** A file of records, and which of its columns are read as the text. */
export interface TextSource {
  readonly path: string
  /** The column that is to be predicted. */
  readonly label: string
  /** The columns that are the text, one after the other with a line break between them. */
  readonly text: readonly string[]
}

/**
 * The texts of a file: of each record what its columns of text say; one that says nothing is an empty text. Throws
 * `label-missing` and `data-unreadable` with file, row and column, never with what a record says.
 */
export function textsOf(written: WrittenTable, source: TextSource): TextDataset {
  const { path, label: labelName, text } = source
  const header = parseCsvHeader({ path, label: labelName, features: text, missing: [] }, written.names)
  const label = written.columns[header.label]!
  const parts = header.features.map(place => written.columns[place]!)
  const rows = Array.from({ length: written.count }, (_, row) => row)
  for (const row of rows)
    if (textAt(label, row) === null) throw labelMissing(`${path}, row ${row + 1}`, labelName)
  const texts = rows.map(row => {
    const text = parts.flatMap(column => textAt(column, row) ?? []).join('\n')
    if (text.isWellFormed() && !text.includes('\0')) return text
    throw new Refusal(
      'data-unreadable',
      `${path}, row ${row + 1}: its text holds a NUL or half a character`,
      {
        hint: 'Take such characters out: no model reads them, and no database keeps them.',
      },
    )
  })
  return {
    kind: 'text',
    count: written.count,
    texts,
    label,
    columns: written.names.map((name, place) => ({ name, cells: written.columns[place]! })),
    labelName,
    textName: text[0]!,
  }
}
