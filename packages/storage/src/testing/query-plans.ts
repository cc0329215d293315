import { CompiledQuery, type Kysely } from 'kysely'

/** A statement as it was given to SQLite. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/**
 * What SQLite would do for a statement that costs more the more rows there are: read a table from its beginning to its
 * end, or sort; sorting what has one time by its id is no such step. Empty where all of it is looked up in an index, or read from one in its order.
 */
export async function costlySteps<T>(
  database: Kysely<T>,
  statements: readonly Statement[],
): Promise<string[]> {
  const costly = new Set<string>()
  for (const { sql, parameters } of statements) {
    if (!sql.startsWith('select')) continue
    const { rows } = await database.executeQuery(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    )
    for (const row of rows) {
      const detail = typeof row === 'object' && row !== null && 'detail' in row ? String(row.detail) : ''
      const isRead = /^SCAN/.test(detail) && !/USING (COVERING )?INDEX|CONSTANT ROW/.test(detail)
      if (isRead || /TEMP B-TREE(?! FOR LAST TERM)/.test(detail)) costly.add(`${detail}: ${sql}`)
    }
  }
  return [...costly]
}
