import { type DataSource, type Digest, Refusal } from '@consort/protocol'
import { bytesOf, type Column, textBytes, textsOf } from '../columns/column.ts'
import { type DigestKeys, readWritten } from '../csv/read-csv.ts'
import { tableOf, type WrittenTable } from '../csv/written-table.ts'
import type { TableDataset } from '../dataset.ts'
import type { ReadFile } from '../files/file-stamp.ts'
import { textsRefusal } from '../files/read-limits.ts'
import { readMappedFiles } from '../mapping/read-mapped.ts'
import type { ReadOptions } from '../read-options.ts'
import { digestOfRecords, recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'

/** Sources whose records are rows of a file. */
export type TableSource = Extract<DataSource, { kind: 'csv' | 'mapped' }>

/** All that one pass over a file of records gives. */
export interface TableReading {
  readonly data: TableDataset
  /** A keyed digest of each record, `digestBytes` long, one after the other. */
  readonly records: Uint8Array
  /** Of all of them, in their order. */
  readonly digest: Digest
  /**
   * A keyed digest of each record as a privacy unit, `unitBytes` long; absent where a column of a CSV file has no name.
   */
  readonly units?: Uint8Array
  /** Of all of them, in their order: another one means that the units of the same records are others. */
  readonly unitsDigest?: Digest
  /** Of a CSV file: all its columns as they are written, also those that the source leaves out. */
  readonly written?: WrittenTable
  /** What was read. */
  readonly files: readonly ReadFile[]
}

export function isTableSource(source: DataSource): source is TableSource {
  return source.kind === 'csv' || source.kind === 'mapped'
}

/** Reads a file of records through, once. Throws as `readDataset` does. */
export async function readTable(
  source: TableSource,
  keys: DigestKeys,
  options: ReadOptions = {},
): Promise<TableReading> {
  return source.kind === 'csv'
    ? await readCsvTable(source, keys, options)
    : await readMappedTable(source, keys, options)
}

async function readCsvTable(
  source: Extract<TableSource, { kind: 'csv' }>,
  keys: DigestKeys,
  options: ReadOptions,
): Promise<TableReading> {
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

/** Of a mapped file the units are what the mapping makes of its records, their label without a name. */
async function readMappedTable(
  source: Extract<TableSource, { kind: 'mapped' }>,
  keys: DigestKeys,
  options: ReadOptions,
): Promise<TableReading> {
  const { dataset, files } = await readMappedFiles(source, options)
  // a thread cannot hand over a pool
  const records = new Uint8Array(Buffer.concat(recordDigests(dataset, keys.records)))
  const units = unitDigests(dataset, { key: keys.units, label: '' })
  return {
    data: dataset,
    records,
    digest: digestOfRecords(records, keys.records),
    units,
    unitsDigest: digestOfRecords(units, keys.units),
    files,
  }
}

/**
 * All columns of a CSV file but the label, with nothing recorded where `missing` says so. Throws `data-unreadable`
 * where a column has no name.
 */
export function allColumns(
  { written }: TableReading,
  { features, ...source }: Extract<TableSource, { kind: 'csv' }>,
  missing: readonly string[] = source.missing,
): TableDataset {
  if (!written) throw new Refusal('internal', 'Only a CSV file has columns beside those of its source')
  return tableOf(written, { ...source, missing: [...missing] })
}

/**
 * What its different texts take of the heap, where each list that columns do not share has its own: a thread hands
 * over copies. Throws `data-unreadable` where that is more than `textBytesMax`.
 */
export function checkedTextBytes(reading: TableReading, path: string, textBytesMax: number): number {
  const lists = new Set(columnsOf(reading).map(textsOf))
  const bytes = [...lists].reduce((sum, texts) => sum + textBytes(texts), 0)
  if (bytes > textBytesMax) throw textsRefusal(path, { textBytesMax })
  return bytes
}

/** What a reading takes of memory. */
export function bytesOfReading(reading: TableReading): number {
  const { records, units } = reading
  const columns = new Set(columnsOf(reading))
  const texts = [...columns].reduce((sum, column) => sum + bytesOf(column), 0)
  return texts + records.byteLength + (units?.byteLength ?? 0)
}

/** Every column that a reading holds; those that the table shares with the file come twice. */
export function columnsOf({ data, written }: TableReading): Column[] {
  return [...data.cells, data.label, ...(written?.columns ?? [])]
}
