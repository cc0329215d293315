import { createHmac, createSecretKey } from 'node:crypto'
import { asTable, columnNamed, type Reading, type TableDataset, unitBytes, unitDigests } from '@consort/data'
import type { RegisteredDataset } from '../datasets/dataset-store.ts'
import { personOf, type Records, readWithUnits, recordsOfSide, type UnitSource, unitKeyOf } from './units.ts'

/** By what the records of people who have a budget are known again, whatever the column is called that names them. */
export interface PersonColumns {
  /** The column that names the people; it is none of `columns`. */
  readonly person: string
  /** Names, sorted: the features and the label that their data set was registered with. */
  readonly columns: readonly string[]
}

/** A record by keyed digest of its columns, and the unit of the person whose it is; null where nobody is named. */
export interface RecordOfPerson {
  readonly record: string
  readonly unit: string | null
}

/** Reads the records of one side of a data set that has all these columns; none where it lacks one. */
export type RecordReader = (
  row: RegisteredDataset,
  asked: PersonColumns & { readonly side: 'train' | 'evaluation' },
) => Promise<readonly RecordOfPerson[]>

/** Sides of data sets whose records are remembered, because rounds of one run follow each other. */
const rememberedMax = 2

/** Makes ready what reads the records of people. Throws as `readWithUnits` does when it reads. */
export function createRecordReader(source: UnitSource): RecordReader {
  const remembered = new Map<string, readonly RecordOfPerson[]>()
  return async (row, asked) => {
    if (!(await source.readings.namesPersons(row.source))) return []
    const reading = await readWithUnits(source, row)
    const name = JSON.stringify([row.id, reading.unitsDigest, asked])
    const records = remembered.get(name) ?? (await readRecords(source, { row, reading }, asked))
    remembered.delete(name)
    remembered.set(name, records)
    for (const oldest of [...remembered.keys()].slice(0, -rememberedMax)) remembered.delete(oldest)
    return records
  }
}

/**
 * The columns by which the records of a data set are known again where `person` names its people: the features that
 * it was registered with, without that column, and the label. Undefined where that leaves no feature.
 */
export function columnsOfPersons(
  { data, table }: Reading,
  { schema }: Pick<RegisteredDataset, 'schema'>,
  person: string,
): PersonColumns | undefined {
  const features = (asTable(data)?.columns ?? []).filter(name => name !== person)
  if (!table || features.length === 0) return undefined
  return { person, columns: [...features, labelNameOf({ table }, schema)].sort() }
}

async function readRecords(
  source: UnitSource,
  { row, reading }: { row: RegisteredDataset; reading: Reading },
  { person, columns, side }: Parameters<RecordReader>[1],
): Promise<RecordOfPerson[]> {
  const parts = await recordsOfSide(source, { row, reading }, side)
  const label = labelNameOf(reading, row.schema)
  return parts.flatMap(part => recordsOf(source, part, { person, columns, label }))
}

function recordsOf(
  { splitKey }: UnitSource,
  { data, indices }: Records,
  { person, columns, label }: PersonColumns & { label: string },
): RecordOfPerson[] {
  const table = asTable(data)
  const [chosen, last] = (table && chooseColumns(table, columns, label)) ?? []
  if (!chosen || last === undefined) return []
  const key = createHmac('sha256', splitKey).update(`consort-records-of-persons\n${person}`).digest()
  const digests = Buffer.from(unitDigests(chosen, { key, label: last }))
  const units = createSecretKey(unitKeyOf(splitKey))
  const nameOf = columnNamed(data, person)
  return Array.from(indices, index => {
    const record = digests.toString('hex', index * unitBytes, (index + 1) * unitBytes)
    const name = nameOf?.(index) ?? null
    return { record, unit: name === null ? null : personOf(units, name) }
  })
}

/** A table of these columns alone, and the name of the last of them, which stands in the place of the label. */
function chooseColumns(
  table: TableDataset,
  columns: readonly string[],
  label: string,
): [TableDataset, string] | undefined {
  const cells = new Map(table.columns.map((name, place) => [name, table.cells[place]!]))
  cells.set(label, table.label)
  const chosen = columns.flatMap(name => cells.get(name) ?? [])
  const last = chosen.at(-1)
  if (!last || chosen.length < columns.length) return undefined
  const features = { columns: columns.slice(0, -1), cells: chosen.slice(0, -1) }
  return [{ ...table, ...features, label: last }, columns.at(-1)!]
}

/** Of mapped records the agreed schema names the label. */
function labelNameOf({ table }: Pick<Reading, 'table'>, schema: RegisteredDataset['schema']): string {
  return table?.labelName ?? schema?.label.name ?? ''
}
