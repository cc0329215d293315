import { type Kysely, SqliteAdapter, sql } from 'kysely'

/** A table, and the column that says how old its rows are, where it has one. */
export interface MeasuredTable {
  readonly name: string
  readonly since?: string | undefined
}

/** What a table takes, with its indexes. */
export interface TableSize {
  readonly name: string
  readonly rows: number
  /** Null where the database cannot say. */
  readonly bytes: number | null
  /** What its column of age holds in the oldest row; null without one. */
  readonly oldest: string | null
}

/**
 * Counts the rows and bytes of tables; those that are not there are left out. It reads all of an embedded database, so
 * it is for a process of its own, beside the one that serves.
 */
export async function measureTables<Tables>(
  database: Kysely<Tables>,
  tables: readonly MeasuredTable[],
): Promise<TableSize[]> {
  const isEmbedded = database.getExecutor().adapter instanceof SqliteAdapter
  const bytes = await (isEmbedded ? pageBytes(database) : relationBytes(database))
  const known = new Set((await database.introspection.getTables()).map(({ name }) => name))
  const sizes: TableSize[] = []
  for (const { name, since } of tables.filter(table => known.has(table.name))) {
    const oldest = since === undefined ? sql`null` : sql`min(${sql.ref(since)})`
    const { rows } = await sql<{
      rows: number
      oldest: string | null
    }>`select count(*) as rows, ${oldest} as oldest from ${sql.table(name)}`.execute(database)
    const [row] = rows
    sizes.push({ name, rows: Number(row?.rows), bytes: bytes.get(name) ?? null, oldest: row?.oldest ?? null })
  }
  return sizes
}

/** By the virtual table that SQLite has about its own pages (sqlite.org/dbstat.html). */
async function pageBytes<Tables>(database: Kysely<Tables>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ name: string; bytes: number }>`
    select of.tbl_name as name, sum(page.pgsize) as bytes
    from dbstat('main', 1) as page join sqlite_master as of on of.name = page.name
    group by of.tbl_name`.execute(database)
  return new Map(rows.map(({ name, bytes }) => [name, bytes]))
}

async function relationBytes<Tables>(database: Kysely<Tables>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ name: string; bytes: number }>`
    select relname as name, pg_total_relation_size(oid) as bytes
    from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace`.execute(database)
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]))
}
