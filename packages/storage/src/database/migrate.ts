import { storageVersion } from '../version.ts'
import { createBookkeeping, isNoted, noteMigration, noteVersion, readBookkeeping } from './bookkeeping.ts'
import { refusePresent } from './postgres/presence.ts'
import { refuseNewer } from './refuse-newer.ts'
import type { MigratableDatabase, SchemaOwner } from './schema-owner.ts'

/**
 * Applies what is missing, each step in a transaction of its own with the note that it was done and by which
 * version. One that is cut short, by an error or the end of the process, leaves no trace and begins anew the
 * next time. Throws `directory-newer`, before anything is written, for a database of a version that comes
 * after `version`, and `directory-locked` while a process of another version serves a database of a server.
 */
export async function migrate(
  database: MigratableDatabase,
  owners: readonly SchemaOwner[],
  version: string = storageVersion,
): Promise<void> {
  const found = await readBookkeeping(database)
  refuseNewer(found, owners, version)
  await database.transaction().execute(createBookkeeping)
  const done = new Set(found.migrations)
  for (const { owner, migrations } of owners) {
    for (const { name, up } of migrations) {
      if (done.has(`${owner}/${name}`)) continue
      await database.transaction().execute(async transaction => {
        // Another process may have taken the step since we looked; it cannot while this transaction goes on.
        if (await isNoted(transaction, { owner, name })) return
        await refusePresent(transaction, { own: version, theirs: found.version })
        await up(transaction)
        await noteMigration(transaction, { owner, name })
        await noteVersion(transaction, version)
      })
    }
  }
  if (found.version === version) return
  await database.transaction().execute(async transaction => {
    const now = await readBookkeeping(transaction)
    refuseNewer(now, owners, version) // another process may have come since
    if (now.version === version) return
    await refusePresent(transaction, { own: version, theirs: now.version })
    await noteVersion(transaction, version)
  })
}
