import type { Kysely } from 'kysely'
import { storageVersion } from '../version.ts'
import { type BookkeepingTables, createBookkeeping, noteVersion, readBookkeeping } from './bookkeeping.ts'
import { refuseNewer } from './refuse-newer.ts'
import type { SchemaOwner } from './schema-owner.ts'

/**
 * Applies what is missing, each step in a transaction of its own with the note that it was done and by which
 * version. One that is cut short, by an error or the end of the process, leaves no trace and begins anew the
 * next time. Throws `directory-newer`, before anything is written, for a database of a version that comes
 * after `version`.
 */
export async function migrate(
  database: Kysely<never>,
  owners: readonly SchemaOwner[],
  version: string = storageVersion,
): Promise<void> {
  const own = database as unknown as Kysely<BookkeepingTables>
  const found = await readBookkeeping(own)
  refuseNewer(found, owners, version)
  await createBookkeeping(own)
  const done = new Set(found.migrations)
  for (const { owner, migrations } of owners) {
    for (const { name, up } of migrations) {
      if (done.has(`${owner}/${name}`)) continue
      await own.transaction().execute(async transaction => {
        await up(transaction as unknown as Kysely<unknown>)
        await transaction.insertInto('consort_migration').values({ owner, name }).execute()
        await noteVersion(transaction, version)
      })
    }
  }
  if (found.version !== version) await own.transaction().execute(trx => noteVersion(trx, version))
}
