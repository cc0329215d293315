import type { Kysely } from 'kysely'

/** What a migration works with: the schema builder, and `sql` for rows. It knows no table's type. */
export type MigrationDatabase = Pick<Kysely<unknown>, 'schema' | 'introspection' | 'getExecutor'>

/** A database of whatever tables. */
export interface MigratableDatabase extends MigrationDatabase {
  transaction(): { execute<T>(work: (transaction: MigrationDatabase) => Promise<T>): Promise<T> }
}

/**
 * One step of a schema. Written with Kysely's schema builder, so that it means the same to every database.
 */
export interface Migration {
  readonly name: string
  up(database: MigrationDatabase): Promise<void>
}

/** The tables of one package, which alone reads and writes them. */
export interface SchemaOwner {
  readonly owner: string
  /** In order; never changed once landed, only added to: `test/upgrades` holds a digest of each. */
  readonly migrations: readonly Migration[]
}
