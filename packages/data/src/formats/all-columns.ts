import { Refusal } from '@consort/protocol'
import type { TableDataset } from '@consort/records'
import type { CsvSource } from '../csv/csv-header.ts'
import { tableOf } from '../csv/written-table.ts'
import type { TableReading } from './table-reading.ts'

/** All columns of a reading that keeps them as they are written: `OpenRows.allColumns` says more. */
export function allColumns(
  { written }: TableReading,
  { features, ...source }: CsvSource,
  marks: readonly string[] = source.missing,
): TableDataset {
  if (!written) throw new Refusal('internal', 'A reading of a table is without its columns')
  return tableOf(written, { ...source, missing: [...marks] })
}
