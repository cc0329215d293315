import { sql } from 'kysely'
import type { MigrationDatabase } from './schema-owner.ts'

/** What a database says of itself. */
export interface Bookkeeping {
  /** The steps of each owner's schema that were taken, as `owner/name`. */
  readonly migrations: readonly string[]
  /** Undefined where nothing was written yet, or by a version from before this was noted. */
  readonly version: string | undefined
}

/** Reads what was noted, and writes nothing: the database may be empty, or another version's. */
export async function readBookkeeping(database: MigrationDatabase): Promise<Bookkeeping> {
  const tables = new Set((await database.introspection.getTables()).map(({ name }) => name))
  const migrations = tables.has('consort_migration')
    ? (await sql<MigrationRow>`select owner, name from consort_migration`.execute(database)).rows
    : []
  const noted = tables.has('consort_version')
    ? (await sql<{ version: string }>`select version from consort_version`.execute(database)).rows[0]
    : undefined
  return { migrations: migrations.map(({ owner, name }) => `${owner}/${name}`), version: noted?.version }
}

interface MigrationRow {
  readonly owner: string
  readonly name: string
}

/** Makes the tables that are missing. */
export async function createBookkeeping({ schema }: MigrationDatabase): Promise<void> {
  await schema
    .createTable('consort_migration')
    .ifNotExists()
    .addColumn('owner', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('consort_migration_key', ['owner', 'name'])
    .execute()
  await schema
    .createTable('consort_version')
    .ifNotExists()
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('version', 'text', column => column.notNull())
    .execute()
}

/** Tells whether a step was taken. */
export async function isNoted(
  transaction: MigrationDatabase,
  { owner, name }: MigrationRow,
): Promise<boolean> {
  const { rows } =
    await sql`select 1 from consort_migration where owner = ${owner} and name = ${name}`.execute(transaction)
  return rows.length > 0
}

/** Notes that a step was taken, in its transaction. */
export async function noteMigration(
  transaction: MigrationDatabase,
  { owner, name }: MigrationRow,
): Promise<void> {
  await sql`insert into consort_migration (owner, name) values (${owner}, ${name})`.execute(transaction)
}

/** Notes which version writes, in the transaction of what it writes; the table has one row. */
export async function noteVersion(transaction: MigrationDatabase, version: string): Promise<void> {
  await sql`insert into consort_version (id, version) values (1, ${version})
    on conflict (id) do update set version = ${version}`.execute(transaction)
}
