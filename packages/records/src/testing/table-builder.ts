import { columnOf } from '../columns/column-of.ts'
import type { TableDataset } from '../kinds/table/table-dataset.ts'

/** Takes rows one by one, as texts; readers of files have a way of their own. */
export interface TableBuilder {
  /** As many cells as there are columns; null where nothing is recorded. */
  add(cells: readonly (string | null)[], label: string): void
  build(): TableDataset
}

export function createTableBuilder(columns: readonly string[]): TableBuilder {
  const cells: (string | null)[][] = columns.map(() => [])
  const labels: string[] = []
  return {
    add(row, label) {
      cells.forEach((column, place) => {
        column.push(row[place] ?? null)
      })
      labels.push(label)
    },
    build: () => ({
      kind: 'table',
      count: labels.length,
      columns,
      cells: cells.map(columnOf),
      label: columnOf(labels),
    }),
  }
}
