import type { DigestKeys } from '../../csv/read-csv.ts'
import { tableOf } from '../../csv/written-table.ts'
import { type ParquetSource, readParquet } from '../../parquet/read-parquet.ts'
import type { ReadOptions } from '../../read-options.ts'
import { digestOfRecords, recordDigests } from '../../split/record-digests.ts'
import { unitDigests } from '../../split/unit-digests.ts'
import { allColumns } from '../all-columns.ts'
import type { OpenSource } from '../format.ts'
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
  const data = tableOf(written, source)
  const records = new Uint8Array(Buffer.concat(recordDigests(data, keys.records))) // a thread cannot hand over a pool
  const all = tableOf(written, { path: source.path, label: source.label, missing: [] })
  const units = unitDigests(all, { key: keys.units, label: source.label })
  return {
    ...{ data, records, digest: digestOfRecords(records, keys.records) },
    ...{ units, unitsDigest: digestOfRecords(units, keys.units) },
    ...{ written, files: [file] },
  }
}
