import type { TableDataset } from './dataset.ts'
import { cellAt } from './dataset.ts'
import type { TableRecord } from './pipeline/encode-record.ts'
import { createTableBuilder } from './table-builder.ts'

/** A record by column, and what it turned out to be. */
export interface LabelledRow {
  readonly cells: TableRecord
  readonly label: string
}

/** The table with more rows at its end. Columns that a row does not name are not recorded in it; others are ignored. */
export function appendRows(table: TableDataset, rows: readonly LabelledRow[]): TableDataset {
  if (rows.length === 0) return table
  const builder = createTableBuilder(table.columns)
  for (let row = 0; row < table.count; row++) {
    const cells = table.columns.map((_, column) => cellAt(table, row, column))
    builder.add(cells, table.labels[row]!)
  }
  for (const { cells, label } of rows) {
    const added = table.columns.map(column => {
      const cell = Object.hasOwn(cells, column) ? cells[column] : null
      const text = cell === null || cell === undefined ? '' : String(cell).trim()
      return text === '' ? null : text
    })
    builder.add(added, label)
  }
  return builder.build()
}
