import type { Kysely } from 'kysely'
import { claimDatabase } from './claim-database.ts'
import type { DatabaseOptions } from './database-options.ts'
import { migrate } from './migrate.ts'
import { type DatabasePlace, openDatabase } from './open-database.ts'
import type { SchemaOwner } from './schema-owner.ts'

/** Whose tables they are, and which. */
export interface TableSetup<Tables> extends DatabaseOptions {
  readonly schemas: readonly SchemaOwner[]
  /** The public key of the hub or node. */
  readonly owner: string
  /** Opens the place instead of `openDatabase`. */
  readonly open?: ((place: DatabasePlace) => Kysely<Tables>) | undefined
}

/**
 * Opens the tables of a hub or a node for as long as the stack lives, and brings their schemas up to date. Throws as
 * `migrate` and `claimDatabase` do.
 */
export async function openTables<Tables>(
  stack: AsyncDisposableStack,
  place: DatabasePlace,
  { schemas, owner, open, ...options }: TableSetup<Tables>,
): Promise<Kysely<Tables>> {
  const database = stack.adopt(open?.(place) ?? openDatabase<Tables>(place, options), opened =>
    opened.destroy(),
  )
  await migrate(database, schemas)
  await claimDatabase(database, owner)
  return database
}
