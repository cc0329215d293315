import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'

export interface SqliteOptions {
  /** Told of each statement after it was executed, `begin` and `commit` included. */
  readonly onStatement?: (sql: string) => void
}

/**
 * SQLite inside this process. Every committed transaction is on disk when it returns: write-ahead log, synced at
 * each commit (`synchronous = FULL`).
 */
export function openSqlite<Tables>(path: string, { onStatement }: SqliteOptions = {}): Kysely<Tables> {
  const database = new DatabaseSync(path)
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000',
  )
  const dialect = new SqliteDialect({ database: driverOf(database) })
  return new Kysely<Tables>({ dialect, ...(onStatement && { log: ({ query }) => onStatement(query.sql) }) })
}

/** Gives Kysely the few methods that it needs. */
function driverOf(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: text => {
      const statement = database.prepare(text)
      const values = (parameters: readonly unknown[]): SQLInputValue[] => [...parameters] as SQLInputValue[]
      return {
        reader: statement.columns().length > 0,
        all: parameters => statement.all(...values(parameters)),
        run: parameters => statement.run(...values(parameters)),
        iterate: parameters => statement.iterate(...values(parameters)),
      }
    },
  }
}
