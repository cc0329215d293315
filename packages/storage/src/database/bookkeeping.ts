import type { Kysely, Transaction } from 'kysely'

/** What a database says of itself. */
export interface BookkeepingTables {
  /** The steps of each owner's schema that were taken. */
  consort_migration: { owner: string; name: string }
  /** The only row: the version of Consort that opened it last. */
  consort_version: { id: number; version: string }
}

export interface Bookkeeping {
  /** As `owner/name`. */
  readonly migrations: readonly string[]
  /** Undefined where nothing was written yet, or by a version from before this was noted. */
  readonly version: string | undefined
}

/** Reads what was noted, and writes nothing: the database may be empty, or another version's. */
export async function readBookkeeping(database: Kysely<BookkeepingTables>): Promise<Bookkeeping> {
  const tables = new Set((await database.introspection.getTables()).map(({ name }) => name))
  const migrations = tables.has('consort_migration')
    ? await database.selectFrom('consort_migration').select(['owner', 'name']).execute()
    : []
  const noted = tables.has('consort_version')
    ? await database.selectFrom('consort_version').select('version').executeTakeFirst()
    : undefined
  return { migrations: migrations.map(({ owner, name }) => `${owner}/${name}`), version: noted?.version }
}

/** Makes the tables that are missing. */
export async function createBookkeeping({ schema }: Kysely<BookkeepingTables>): Promise<void> {
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

/** Notes which version writes, in the transaction of what it writes. */
export async function noteVersion(
  transaction: Transaction<BookkeepingTables>,
  version: string,
): Promise<void> {
  await transaction
    .insertInto('consort_version')
    .values({ id: 1, version })
    .onConflict(conflict => conflict.column('id').doUpdateSet({ version }))
    .execute()
}
