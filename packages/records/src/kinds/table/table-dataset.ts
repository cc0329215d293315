import { type Column, textAt } from '../../columns/column.ts'

/** Rows in memory, by columns. */
export interface TableDataset {
  readonly kind: 'table'
  readonly count: number
  /** The names of the features, in the order of the source; the label is not among them. */
  readonly columns: readonly string[]
  /** One entry a column. */
  readonly cells: readonly Column[]
  /** Names of classes, or numbers to predict; every record has one. */
  readonly label: Column
}

/** What `table` holds at a row and a column, both from 0; null where nothing is recorded. */
export function cellAt(table: TableDataset, row: number, column: number): string | null {
  return textAt(table.cells[column]!, row)
}

/** How messages call a row: `Row 1` is the first below the header. */
export function rowName(row: number): string {
  return `Row ${row + 1}`
}
