import type { Kysely } from 'kysely'

/**
 * One step of a schema. Written with Kysely's schema builder, so that it means the same to every database.
 */
export interface Migration {
  readonly name: string
  up(database: Kysely<unknown>): Promise<void>
}

/** The tables of one package, which alone reads and writes them. */
export interface SchemaOwner {
  readonly owner: string
  /** In order; never changed once landed, only added to: `test/upgrades` holds a digest of each. */
  readonly migrations: readonly Migration[]
}
