import type { TableDataset } from '@consort/records'
import type { DigestKeys } from '../csv/read-csv.ts'
import type { ReadFile } from '../files/file-stamp.ts'
import { digestOfRecords, recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'
import type { TableReading } from './table-reading.ts'

/**
 * The reading of a table that is in memory, for formats whose bytes do not show the records as they are digested.
 * `label` is the name under which the label counts among the columns of a privacy unit, and `unitsOf` has all of these
 * where `data` leaves some out.
 */
export function readingOfTable(
  data: TableDataset,
  {
    files,
    keys,
    label,
    unitsOf = data,
  }: { files: readonly ReadFile[]; keys: DigestKeys; label: string; unitsOf?: TableDataset },
): TableReading {
  // a thread cannot hand over a pool
  const records = new Uint8Array(Buffer.concat(recordDigests(data, keys.records)))
  const units = unitDigests(unitsOf, { key: keys.units, label })
  return {
    data,
    records,
    digest: digestOfRecords(records, keys.records),
    units,
    unitsDigest: digestOfRecords(units, keys.units),
    files,
  }
}
