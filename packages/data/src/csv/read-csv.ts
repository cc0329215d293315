import type { TableDataset } from '@consort/records'
import type { ReadFile } from '../files/file-stamp.ts'
import type { ReadOptions } from '../read-options.ts'
import { createKeyedHash } from '../split/keyed-hash.ts'
import { RowDigester } from '../split/row-digester.ts'
import { recordMessage, unitMessage } from '../split/row-messages.ts'
import { type CsvHeader, type CsvSource, hasUnnamed } from './csv-header.ts'
import { readCsvRecords } from './csv-records.ts'
import { createCsvRows } from './csv-rows.ts'
import { tableOf, type WrittenTable } from './written-table.ts'

/** Keys of this node, one for each kind of digest, so that those of one kind tell nothing about the other. */
export interface DigestKeys {
  readonly records: Uint8Array
  readonly units: Uint8Array
}

/** A file of which everything is known that anybody asks for. */
export interface WrittenFile {
  readonly written: WrittenTable
  readonly file: ReadFile
  /** As `recordDigests` makes of the source's table, 32 bytes each. */
  readonly records: Uint8Array
  /** As `unitDigests` makes of all columns; absent where a column has no name, since the units are then not known. */
  readonly units: Uint8Array | undefined
}

/**
 * Reads separated text with a header line. Cells are trimmed; an empty one, or one of `source.missing`, is not
 * recorded. A million rows of 50 numbers take some three seconds. Throws `data-unreadable`, `data-changed` and
 * `label-missing`.
 */
export async function readCsv(source: CsvSource, options: ReadOptions = {}): Promise<TableDataset> {
  const rows = createCsvRows(source)
  await readCsvRecords(source, rows, options)
  return tableOf(rows.build(), source)
}

/**
 * The same file with the digests of its records, which are made of its bytes while they pass. Throws as `readCsv` does.
 */
export async function readWritten(
  source: CsvSource,
  keys: DigestKeys,
  options: ReadOptions = {},
): Promise<WrittenFile> {
  let records: RowDigester | undefined
  let units: RowDigester | undefined
  const rows = createCsvRows(source, (header, names) => {
    records = new RowDigester(createKeyedHash(keys.records), messageOf(header, source))
    if (hasUnnamed(names)) return [records]
    const columns = names.map((name, cell) => ({ name, cell }))
    units = new RowDigester(createKeyedHash(keys.units), unitMessage(columns))
    return [records, units]
  })
  const file = await readCsvRecords(source, rows, options)
  return { written: rows.build(), file, records: records!.build(), units: units?.build() }
}

function messageOf({ columns, features, label }: CsvHeader, { missing }: CsvSource) {
  const named = columns.map((name, place) => ({ name, cell: features[place]! }))
  return recordMessage({ features: named, label, marks: missing })
}
