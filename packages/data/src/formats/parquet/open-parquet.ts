import type { DigestKeys } from '../../csv/read-csv.ts'
import { tableOf } from '../../csv/written-table.ts'
import { type ParquetSource, readParquet } from '../../parquet/read-parquet.ts'
import type { ReadOptions } from '../../read-options.ts'
import { allColumns } from '../all-columns.ts'
import type { OpenSource } from '../format.ts'
import { readingOfTable } from '../reading-of-table.ts'
import type { TableReading } from '../table-reading.ts'

/** The readers of one Parquet file. */
export function openParquet(source: ParquetSource): OpenSource {
  return {
    read: async options => tableOf((await readParquet(source, options)).written, source),
    rows: {
      path: source.path,
      labelName: source.label,
      isAlwaysInThread: true,
      read: (keys, options) => readRows(source, keys, options),
      allColumns: (reading, marks) => allColumns(reading, source, marks),
    },
  }
}

/** Records and units have the digests that they would have in a CSV file that says the same. */
async function readRows(
  source: ParquetSource,
  keys: DigestKeys,
  options: ReadOptions,
): Promise<TableReading> {
  const { written, file } = await readParquet(source, options)
  const { path, label } = source
  const unitsOf = tableOf(written, { path, label, missing: [] })
  return { ...readingOfTable(tableOf(written, source), { files: [file], keys, label, unitsOf }), written }
}
