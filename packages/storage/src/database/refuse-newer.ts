import { isNewerVersion, Refusal } from '@consort/protocol'
import type { Bookkeeping } from './bookkeeping.ts'
import type { SchemaOwner } from './schema-owner.ts'

/**
 * Throws `directory-newer` when the database went through migrations that this code does not know, or was
 * last opened by a version that comes after `version`: what that one wrote could be misread here.
 */
export function refuseNewer(
  { migrations, version: writer }: Bookkeeping,
  owners: readonly SchemaOwner[],
  version: string,
): void {
  const known = new Set(
    owners.flatMap(({ owner, migrations: own }) => own.map(({ name }) => `${owner}/${name}`)),
  )
  const unknown = migrations.filter(migration => !known.has(migration))
  const isNewer = writer !== undefined && isNewerVersion(writer, version)
  if (unknown.length === 0 && !isNewer) return
  const theirs =
    writer === undefined ? 'a version of Consort that did not note its number' : `Consort ${writer}`
  const missing = unknown.length === 0 ? '' : `; it does not know the migrations ${unknown.join(', ')}`
  throw new Refusal(
    'directory-newer',
    `The data directory was written by ${theirs}, and this is Consort ${version}${missing}`,
    {
      hint: `Start it with ${theirs} or a later one; or restore the backup from before the upgrade, or name another directory with --data. Nothing was changed here.`,
    },
  )
}
