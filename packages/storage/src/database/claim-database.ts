import { Refusal } from '@consort/protocol'
import { sql } from 'kysely'
import type { MigratableDatabase, MigrationDatabase } from './schema-owner.ts'

/**
 * Notes in an empty database whose it is: the public key of its hub or node. Throws `state-conflict` for the database
 * of somebody else, whose tables would be mixed with these.
 */
export async function claimDatabase(database: MigratableDatabase, publicKey: string): Promise<void> {
  const owner = await database.transaction().execute(transaction => claimIn(transaction, publicKey))
  refuseOther(owner, publicKey)
}

/** Throws `state-conflict` where the database belongs to another key. */
export function refuseOther(owner: string | undefined, publicKey: string): void {
  if (owner === publicKey) return
  throw new Refusal('state-conflict', `This database belongs to the hub or node with the key ${owner}`, {
    hint: 'Give every hub and node a database of its own. Another replica of the same hub needs its hub.key and operator.key: copy them into the data directory of the replica.',
  })
}

/** The same in a transaction of the caller: returns whose the database is then. */
export async function claimIn(
  transaction: MigrationDatabase,
  publicKey: string,
): Promise<string | undefined> {
  await transaction.schema
    .createTable('consort_owner')
    .ifNotExists()
    .addColumn('id', 'integer', column => column.primaryKey())
    .addColumn('key', 'text', column => column.notNull())
    .execute()
  await sql`insert into consort_owner (id, key) values (1, ${publicKey}) on conflict (id) do nothing`.execute(
    transaction,
  )
  return await ownerOf(transaction)
}

/** Whose a database is; undefined while it is nobody's. */
export async function ownerOf(database: MigrationDatabase): Promise<string | undefined> {
  const tables = await database.introspection.getTables()
  if (!tables.some(({ name }) => name === 'consort_owner')) return undefined
  const { rows } = await sql<{ key: string }>`select key from consort_owner`.execute(database)
  return rows[0]?.key
}
