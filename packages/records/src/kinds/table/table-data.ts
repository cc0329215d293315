import { textAt } from '../../columns/column.ts'
import type { PlacedColumn } from '../../examples/table-rows.ts'
import type { ContentAt, DataKind, LabelledRecord } from '../../kind/data-kind.ts'
import { appendRows, tableOfRows } from './append-rows.ts'
import { encodeTable } from './encode-table.ts'
import { placeColumns } from './place-columns.ts'
import { cellAt, rowName, type TableDataset } from './table-dataset.ts'
import type { TableTypes } from './table-input.ts'

/** Rows of columns. */
export const tableData: DataKind<TableTypes> = {
  words: 'a table',
  recordName: rowName,
  labelAt: ({ label }, index) => textAt(label, index)!,
  labelsOf: ({ label }) => label,
  encode: (data, input, { rows }) => encodeTable(data, input, rows),
  /** They stay in the columns of the table. */
  *stream(data, input, { rows }) {
    const columns: PlacedColumn[] = []
    for (const column of placeColumns(data, input, rows)) {
      columns.push(column)
      yield
    }
    return { rows, columns }
  },
  contentsOf: ({ columns }) => ({ kind: 'table', columns: [...columns] }),
  recordContent,
  unitContent,
  columnNamed(data, name) {
    const column = data.columns.indexOf(name)
    return column < 0 ? undefined : index => cellAt(data, index, column)
  },
  bytesOfExample: () => 0,
  growing: {
    alone: ({ columns }, cases) => tableOfRows(columns, cases.map(rowOf)),
    joined: (data, cases) => appendRows(data, cases.map(rowOf)),
  },
}

function rowOf({ record: { cells }, label }: LabelledRecord<TableTypes['record']>) {
  return { cells, label }
}

function recordContent(data: TableDataset): ContentAt {
  const sorted = data.columns
    .map((name, place) => ({ name, column: data.cells[place]! }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const head = `${JSON.stringify({ kind: 'row', columns: sorted.map(({ name }) => name) })}\n`
  return index => {
    const cells = JSON.stringify(sorted.map(({ column }) => textAt(column, index)))
    return { head, body: `${cells}\n${JSON.stringify(textAt(data.label, index))}` }
  }
}

/** Of all its cells and the label under the name `label`, in the order of the names. */
function unitContent(data: TableDataset, label: string): ContentAt {
  const columns = [...data.columns, label]
    .map((name, place) => ({ name, column: data.cells[place] ?? data.label }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  return index => ({
    head: 'record\n',
    body: JSON.stringify(columns.map(({ name, column }) => [name, textAt(column, index)])),
  })
}
