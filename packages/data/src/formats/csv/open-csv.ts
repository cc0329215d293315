import type { CsvSource } from '../../csv/csv-header.ts'
import { type DigestKeys, readCsv, readWritten } from '../../csv/read-csv.ts'
import { tableOf } from '../../csv/written-table.ts'
import type { ReadOptions } from '../../read-options.ts'
import { digestOfRecords } from '../../split/record-digests.ts'
import { allColumns } from '../all-columns.ts'
import type { OpenSource } from '../format.ts'
import type { TableReading } from '../table-reading.ts'

/** The readers of one file of separated text. */
export function openCsv(source: CsvSource): OpenSource {
  return {
    read: options => readCsv(source, options),
    rows: {
      path: source.path,
      labelName: source.label,
      read: (keys, options) => readRows(source, keys, options),
      allColumns: (reading, marks) => allColumns(reading, source, marks),
    },
  }
}

async function readRows(source: CsvSource, keys: DigestKeys, options: ReadOptions): Promise<TableReading> {
  const { written, file, records, units } = await readWritten(source, keys, options)
  return {
    data: tableOf(written, source),
    records,
    digest: digestOfRecords(records, keys.records),
    ...(units && { units, unitsDigest: digestOfRecords(units, keys.units) }),
    written,
    files: [file],
  }
}
