import { digestOfJson } from '@consort/protocol'
import { openSqlite, type SchemaOwner } from '@consort/storage'

/** `owner/name` of each migration, in the order in which they run, with the digest of what it does. */
export type MigrationDigests = ReadonlyMap<string, string>

/**
 * Runs all migrations on an empty database and takes the digest of the statements of each, with what was
 * bound to them. So code may move and be renamed, and the digest stays as long as the database is told the
 * same. What a migration would do to rows that exist is not seen: the directories of earlier versions show
 * that.
 */
export async function recordMigrations(owners: readonly SchemaOwner[]): Promise<MigrationDigests> {
  let statements: (readonly [sql: string, parameters: readonly unknown[]])[] = []
  const onStatement = (sql: string, parameters: readonly unknown[]): void => {
    statements.push([sql, parameters])
  }
  const database = openSqlite<unknown>(':memory:', { onStatement })
  const digests = new Map<string, string>()
  try {
    for (const { owner, migrations } of owners) {
      for (const { name, up } of migrations) {
        statements = []
        await up(database)
        digests.set(`${owner}/${name}`, digestOfJson(statements))
      }
    }
  } finally {
    await database.destroy()
  }
  return digests
}
