import type { Column, TableDataset } from '@consort/records'
import { withoutMarks } from '@consort/records'
import { type CsvSource, parseCsvHeader } from './csv-header.ts'

/** All columns of a file as they are written in it: only empty cells are missing. */
export interface WrittenTable {
  readonly count: number
  /** One a column, in the order of the file. */
  readonly names: readonly string[]
  readonly columns: readonly Column[]
}

/**
 * The table that a source makes of its file: the features that it names, and nothing recorded where a cell is one of
 * its marks. Columns without such cells are shared. Throws `label-missing` and `data-unreadable` for columns that are
 * not there.
 */
export function tableOf(written: WrittenTable, source: CsvSource): TableDataset {
  const header = parseCsvHeader(source, written.names)
  const marks = new Set(source.missing)
  return {
    kind: 'table',
    count: written.count,
    columns: header.columns,
    cells: header.features.map(feature => withoutMarks(written.columns[feature]!, marks)),
    label: written.columns[header.label]!,
  }
}
