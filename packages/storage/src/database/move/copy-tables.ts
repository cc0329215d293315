import { type Kysely, sql, type Transaction } from 'kysely'
import { storageVersion } from '../../version.ts'
import { createBookkeeping, noteMigration, noteVersion } from '../bookkeeping.ts'
import { claimIn } from '../claim-database.ts'
import type { SchemaOwner } from '../schema-owner.ts'

export interface CopiedTables {
  readonly tables: number
  readonly rows: number
}

type AnyTables = Record<string, Record<string, unknown>>

/** A statement of the server takes 65,535 values at most. */
const valuesAtOnce = 20_000

/**
 * Makes the tables in an empty database, in the transaction of the caller, fills them from the file, and notes whose
 * they are. Throws `Error` when a table or a row of the file is missing afterwards.
 */
export async function copyTables(
  source: Kysely<AnyTables>,
  target: Transaction<AnyTables>,
  { schemas, owner }: { readonly schemas: readonly SchemaOwner[]; readonly owner: string },
): Promise<CopiedTables> {
  await createTables(target, schemas)
  const names = await tablesByAge(target)
  const found = (await source.introspection.getTables()).map(({ name }) => name).filter(isData)
  const unknown = found.filter(name => !names.includes(name))
  if (unknown.length > 0) throw new Error(`this version does not know the tables ${unknown.join(', ')}`)
  // What the migrations have put into the tables is among the rows that are copied.
  for (const name of names.toReversed()) await target.deleteFrom(name).execute()
  let rows = 0
  for (const name of names) rows += await copyTable(source, target, name)
  await goOnCounting(source, target)
  await compareLogs(source, target)
  await claimIn(target, owner)
  return { tables: names.length, rows }
}

/** Not one of those that say what a database is. */
const isData = (name: string): boolean => !name.startsWith('consort_')

async function createTables(target: Transaction<AnyTables>, schemas: readonly SchemaOwner[]): Promise<void> {
  await createBookkeeping(target)
  for (const { owner, migrations } of schemas)
    for (const { name, up } of migrations) {
      await up(target)
      await noteMigration(target, { owner, name })
    }
  await noteVersion(target, storageVersion)
}

/** A table refers to older ones alone. */
async function tablesByAge(target: Transaction<AnyTables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
    order by oid`.execute(target)
  return rows.map(({ name }) => name).filter(isData)
}

async function copyTable(
  source: Kysely<AnyTables>,
  target: Transaction<AnyTables>,
  name: string,
): Promise<number> {
  let page: Record<string, unknown>[] = []
  const put = async (): Promise<void> => {
    if (page.length > 0) await target.insertInto(name).values(page).execute()
    page = []
  }
  for await (const row of source.selectFrom(name).selectAll().stream()) {
    page.push(row)
    if (page.length * Object.keys(row).length >= valuesAtOnce) await put()
  }
  await put()
  const [before, after] = [await countOf(source, name), await countOf(target, name)]
  if (before === after) return after
  throw new Error(`the table ${name} has ${before} rows, and ${after} of them arrived`)
}

async function countOf(database: Kysely<AnyTables>, name: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(
    database,
  )
  return rows[0]!.count
}

/** Numbers that were given out are not given out again, also those of rows that are gone. */
async function goOnCounting(source: Kysely<AnyTables>, target: Transaction<AnyTables>): Promise<void> {
  const counters = await sql<{
    name: string
  }>`select name from sqlite_master where name = 'sqlite_sequence'`.execute(source)
  if (counters.rows.length === 0) return
  const { rows } = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`.execute(
    source,
  )
  for (const { name, seq } of rows)
    if (seq > 0) await sql`select setval(pg_get_serial_sequence(${name}, 'id'), ${seq})`.execute(target)
}

async function compareLogs(source: Kysely<AnyTables>, target: Transaction<AnyTables>): Promise<void> {
  const [before, after] = [await headOf(source), await headOf(target)]
  if (before !== after) throw new Error(`the log ends with ${before}, and its copy with ${after}`)
}

async function headOf(database: Kysely<AnyTables>): Promise<unknown> {
  const head = await database
    .selectFrom('event')
    .select('digest')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return head?.digest
}
