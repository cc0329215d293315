import { columnOf } from '../../columns/column-of.ts'
import { concatColumns } from '../../columns/concat-columns.ts'
import type { TableRecord } from './encode-record.ts'
import type { TableDataset } from './table-dataset.ts'

/** A record by column, and what it turned out to be. */
export interface LabelledRow {
  readonly cells: TableRecord
  readonly label: string
}

/** The table with more rows at its end, as `tableOfRows` reads them. */
export function appendRows(table: TableDataset, rows: readonly LabelledRow[]): TableDataset {
  if (rows.length === 0) return table
  const added = tableOfRows(table.columns, rows)
  return {
    ...table,
    count: table.count + added.count,
    cells: table.cells.map((column, place) => concatColumns(column, added.cells[place]!)),
    label: concatColumns(table.label, added.label),
  }
}

/** A table of these rows alone. Columns that a row does not name are not recorded in it; others are ignored. */
export function tableOfRows(columns: readonly string[], rows: readonly LabelledRow[]): TableDataset {
  return {
    kind: 'table',
    count: rows.length,
    columns,
    cells: columns.map(name => columnOf(rows.map(({ cells }) => cellOf(cells, name)))),
    label: columnOf(rows.map(({ label }) => label)),
  }
}

function cellOf(cells: TableRecord, name: string): string | null {
  const cell = Object.hasOwn(cells, name) ? cells[name] : null
  const text = cell === null || cell === undefined ? '' : String(cell).trim()
  return text === '' ? null : text
}
