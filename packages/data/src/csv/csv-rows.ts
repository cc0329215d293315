import { Refusal } from '@consort/protocol'
import { ColumnBuilder } from '@consort/records'
import { createIsMark } from '../split/byte-marks.ts'
import type { RowDigester } from '../split/row-digester.ts'
import { type CsvHeader, type CsvSource, parseCsvHeader } from './csv-header.ts'
import type { RecordSink } from './csv-records.ts'
import { expectedRows } from './expected-rows.ts'
import type { CsvRecord } from './record-scanner.ts'
import { checkRowWidth, recordTexts } from './record-texts.ts'
import type { WrittenTable } from './written-table.ts'

/** Takes the records of a file, the header first, and says which row it was when one cannot be used. */
export interface CsvRows extends RecordSink {
  build(): WrittenTable
}

interface Table {
  readonly header: CsvHeader
  readonly names: readonly string[]
  readonly columns: readonly ColumnBuilder[]
  readonly digesters: readonly RowDigester[]
}

/** Makes the digests of rows once it is known where its columns stand. */
export type OpenDigesters = (header: CsvHeader, names: readonly string[]) => readonly RowDigester[]

/** `digesters` see each record as it is written, label and all. */
export function createCsvRows(source: CsvSource, openDigesters: OpenDigesters = () => []): CsvRows {
  const isMark = createIsMark(source.missing)
  let table: Table | undefined
  let rows = 0
  let lines = 0
  let expected = 0

  const open = (names: string[]): Table => {
    const header = parseCsvHeader(source, names)
    const columns = names.map(() => new ColumnBuilder(expected))
    return { header, names, columns, digesters: openDigesters(header, names) }
  }
  const addRow = (record: CsvRecord, { header, columns, digesters }: Table): void => {
    if (record.count !== header.width) checkRowWidth(whereOf(record), record, header.width)
    const { bytes, starts, ends } = record
    const { label } = header
    if (starts[label] === ends[label] || isMark(bytes, starts[label]!, ends[label]!))
      throw labelMissing(whereOf(record), source.label)
    for (let column = 0; column < columns.length; column++)
      columns[column]!.add(bytes, starts[column]!, ends[column]!, expected)
    for (const digester of digesters) digester.add(record)
    rows++
  }
  const whereOf = ({ line }: CsvRecord): string => `${source.path}, row ${rows + 1} (line ${line})`

  return {
    next: () => (table === undefined ? 'header' : `row ${rows + 1} (after line ${lines})`),
    add(record) {
      if (table === undefined) table = open(recordTexts(record))
      else addRow(record, table)
      lines = record.line
    },
    bytes: () =>
      [...(table?.columns ?? []), ...(table?.digesters ?? [])].reduce((sum, part) => sum + part.bytes(), 0),
    textBytes: () => (table?.columns ?? []).reduce((sum, column) => sum + column.textBytes(), 0),
    expect(share, limits) {
      if (!table) return
      expected = expectedRows(rows, share, { columns: table.columns.length, limits })
      for (const digester of table.digesters) digester.expect(expected)
    },
    build() {
      if (table === undefined || rows === 0) {
        throw new Refusal('data-unreadable', `${source.path} holds no records`, {
          hint: 'The first line must name the columns; each line below it is a record.',
        })
      }
      const columns = table.columns.map(column => column.build())
      return { count: rows, names: table.names, columns }
    },
  }
}

/** Of a record that nobody can learn from. */
export function labelMissing(where: string, label: string): Refusal {
  return new Refusal('label-missing', `${where}, column ${label}: no label`, {
    hint: 'Every record needs its label: fill it in or leave the row out.',
  })
}
