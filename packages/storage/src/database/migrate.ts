import type { Kysely } from 'kysely'

/** One step of a schema. Written with Kysely's schema builder, so that it means the same to every database. */
export interface Migration {
  readonly name: string
  up(database: Kysely<unknown>): Promise<void>
}

/** The tables of one package, which alone reads and writes them. */
export interface SchemaOwner {
  readonly owner: string
  /** In order; never changed once released, only added to. */
  readonly migrations: readonly Migration[]
}

interface MigrationTable {
  consort_migration: { owner: string; name: string }
}

/** Applies what is missing, each step in a transaction of its own with the note that it was done. */
export async function migrate(database: Kysely<never>, owners: readonly SchemaOwner[]): Promise<void> {
  const own = database as unknown as Kysely<MigrationTable>
  await own.schema
    .createTable('consort_migration')
    .ifNotExists()
    .addColumn('owner', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('consort_migration_key', ['owner', 'name'])
    .execute()
  const rows = await own.selectFrom('consort_migration').selectAll().execute()
  const done = new Set(rows.map(row => `${row.owner}/${row.name}`))
  for (const { owner, migrations } of owners) {
    for (const { name, up } of migrations) {
      if (done.has(`${owner}/${name}`)) continue
      await own.transaction().execute(async transaction => {
        await up(transaction as unknown as Kysely<unknown>)
        await transaction.insertInto('consort_migration').values({ owner, name }).execute()
      })
    }
  }
}
