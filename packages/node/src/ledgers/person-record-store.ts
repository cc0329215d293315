import { jsonColumn } from '@consort/storage'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import type { PersonColumns } from './records-of-persons.ts'

const columnNames = jsonColumn('privacy_columns.columns', z.array(z.string()))

/** Columns by which records are known again, and the first data set that had them. */
export interface KnownColumns extends PersonColumns {
  readonly dataset: string
}

/** A statement of SQLite takes some 32,000 values. */
const atOnce = 5000

/** All columns by which records of people are known again. */
export async function listPersonColumns(database: NodeReader): Promise<KnownColumns[]> {
  const rows = await database
    .selectFrom('privacy_columns')
    .selectAll()
    .orderBy('person')
    .orderBy('columns')
    .execute()
  return rows.map(({ person, columns, dataset }) => ({ person, columns: columnNames.read(columns), dataset }))
}

/** Those of these records that are of people who have a budget. */
export async function findPersonRecords(
  database: NodeReader,
  records: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>()
  for (let from = 0; from < records.length; from += atOnce) {
    const rows = await database
      .selectFrom('privacy_record')
      .selectAll()
      .where('record', 'in', records.slice(from, from + atOnce))
      .execute()
    for (const { record } of rows) found.add(record)
  }
  return found
}

/** Remembers that these records are of people who have a budget; changes nothing where they are known. */
export async function keepPersonRecords(
  transaction: Transaction<NodeTables>,
  { person, columns, dataset }: KnownColumns,
  records: readonly string[],
): Promise<void> {
  await transaction
    .insertInto('privacy_columns')
    .values({ person, columns: columnNames.write([...columns]), dataset })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  for (let from = 0; from < records.length; from += atOnce) {
    const rows = records.slice(from, from + atOnce).map(record => ({ record }))
    await transaction
      .insertInto('privacy_record')
      .values(rows)
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }
}
