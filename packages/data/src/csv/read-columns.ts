import { nearNames, Refusal } from '@consort/protocol'
import type { Column } from '@consort/records'
import { ColumnBuilder } from '@consort/records'
import type { ReadFile } from '../files/file-stamp.ts'
import type { ReadOptions } from '../read-options.ts'
import { oneColumnHint } from './csv-header.ts'
import { type CsvFile, type RecordSink, readCsvRecords } from './csv-records.ts'
import { expectedRows } from './expected-rows.ts'
import type { CsvRecord } from './record-scanner.ts'
import { checkRowWidth, recordTexts } from './record-texts.ts'

/** Some columns of a table as they stand in its file; no cell is a label yet, and only empty ones are missing. */
export interface Columns {
  readonly count: number
  readonly byName: ReadonlyMap<string, Column>
}

export interface WantedColumns {
  /** Names, and where each of them is asked for in the mapping, e.g. `fields.age.column`. A name may come twice. */
  readonly columns: readonly { readonly name: string; readonly path: string }[]
  /** The names of all columns in the order of the file, for a file whose first line is a record already. */
  readonly header?: readonly string[] | undefined
}

/**
 * Reads the wanted columns of separated text; cells are trimmed. Throws `data-unreadable` for a file that cannot be
 * read, `data-changed` for one that changes meanwhile, `mapping-invalid` for a column or header that is not the file's.
 */
export async function readColumns(
  file: CsvFile,
  wanted: WantedColumns,
  options: ReadOptions = {},
): Promise<Columns & { readonly file: ReadFile }> {
  const rows = createColumnRows(file, wanted)
  const read = await readCsvRecords(file, rows, options)
  return { ...rows.build(), file: read }
}

interface ColumnRows extends RecordSink {
  build(): Columns
}

function createColumnRows(file: CsvFile, { columns, header }: WantedColumns): ColumnRows {
  const builders = new Map(columns.map(({ name }) => [name, new ColumnBuilder(0)]))
  let names = header
  let positions = header && placesOf('The header of the mapping', columns, header)
  let rows = 0
  let last = 0
  let expected = 0

  const addRow = (record: CsvRecord, places: ReadonlyMap<string, number>): void => {
    if (rows === 0 && header !== undefined) checkFirstRow(file, recordTexts(record), header)
    if (record.count !== names!.length)
      checkRowWidth(`${file.path}, row ${rows + 1} (line ${record.line})`, record, names!.length)
    for (const [name, builder] of builders) {
      const place = places.get(name)!
      builder.add(record.bytes, record.starts[place]!, record.ends[place]!, expected)
    }
    rows++
  }

  return {
    next: () => (positions === undefined ? 'header' : `row ${rows + 1} (after line ${last})`),
    add(record) {
      if (positions === undefined) {
        names = recordTexts(record)
        positions = placesOf(file.path, columns, names)
      } else {
        addRow(record, positions)
      }
      last = record.line
    },
    bytes: () => [...builders.values()].reduce((sum, builder) => sum + builder.bytes(), 0),
    textBytes: () => [...builders.values()].reduce((sum, builder) => sum + builder.textBytes(), 0),
    expect(share, limits) {
      expected = expectedRows(rows, share, { columns: builders.size, limits })
    },
    build() {
      if (rows === 0) {
        throw new Refusal('data-unreadable', `${file.path} holds no records`, {
          hint: 'The first line names the columns, unless the mapping has a `header`; each other one is a record.',
        })
      }
      return { count: rows, byName: new Map([...builders].map(([name, cells]) => [name, cells.build()])) }
    },
  }
}

/** Where the wanted columns stand among the names that `source` has. */
function placesOf(
  source: string,
  columns: WantedColumns['columns'],
  names: readonly string[],
): ReadonlyMap<string, number> {
  const places = firstTwoPlaces(names)
  const areNames = columns.some(({ name }) => places.has(name))
  return new Map(
    columns.map(({ name, path }) => {
      const [place, second] = places.get(name) ?? []
      if (place === undefined) {
        const hint = areNames ? misspelt(name, names) : noHeaderHint(names)
        throw new Refusal('mapping-invalid', `${source} has no column named ${name}`, { path, hint })
      }
      if (second !== undefined) {
        const message = `${source} has two columns named ${name}: ${place + 1} and ${second + 1}`
        throw new Refusal('mapping-invalid', message, { path, hint: 'Give every column its own name.' })
      }
      return [name, place]
    }),
  )
}

/** Where each name comes first, and where it comes again: a search for each of thousands takes seconds. */
function firstTwoPlaces(names: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  for (const [place, name] of names.entries()) {
    const known = places.get(name)
    if (known === undefined) places.set(name, [place])
    else if (known.length === 1) known.push(place)
  }
  return places
}

/** Only where other columns of the mapping are found: then it is no record, and its names may be told. */
function misspelt(name: string, names: readonly string[]): string {
  const near = nearNames(name, names)
  return near.length > 0
    ? `Did you mean ${near.join(' or ')}? Upper and lower case matter.`
    : 'Name the column as the file does; write `absent` for what is not recorded here.'
}

function noHeaderHint(names: readonly string[]): string {
  if (names.length === 1) return oneColumnHint
  return 'The first line has none of the columns. If it is a record, list the names in `header` of the mapping.'
}

function checkFirstRow({ path }: CsvFile, cells: readonly string[], header: readonly string[]): void {
  if (cells.length !== header.length) {
    const message = `${path} has ${cells.length} columns, the header of the mapping has ${header.length}`
    throw new Refusal('mapping-invalid', message, {
      path: 'header',
      hint: 'Name every column of the file there, in its order, also those that are not used.',
    })
  }
  if (cells.every((cell, column) => cell === header[column])) {
    throw new Refusal('mapping-invalid', `The first line of ${path} names the columns already`, {
      path: 'header',
      hint: 'Take `header` out of the mapping.',
    })
  }
}
