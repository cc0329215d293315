import { formatCell } from '../../language/format.ts'
import type { RecordForm } from '../record-form.ts'
import { RecordTable } from './record-table.tsx'
import { SimilarRows } from './similar-rows.tsx'

/** A row of the consortium’s table. */
export const cells: RecordForm<'cells'> = {
  View: ({ record, because }) => <RecordTable cells={record.cells} because={because} />,
  Similar: ({ record, examples }) => <SimilarRows examples={examples} cells={record.cells} />,
  showsDifferences: true,
  textOf: ({ cells }, field) => formatCell(cells[field]),
}
