import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { type Dialect, Kysely, type LogEvent, type SqliteDatabase, SqliteDialect } from 'kysely'
import { isFailedSqliteSync, type OnFailedSync } from '../files/failed-sync.ts'
import type { DatabaseOptions } from './database-options.ts'
import { oneAfterAnother } from './one-after-another.ts'

/**
 * SQLite inside this process. Every committed transaction is on disk when it returns: write-ahead log, synced at each
 * commit (`synchronous = FULL`). The log is moved into the database every 16 MB instead of every 4, since that stops
 * the event loop for as long as the disk takes.
 */
export function openSqlite<Tables>(
  path: string,
  { onStatement, onFailedSync, isReadOnly = false }: DatabaseOptions = {},
): Kysely<Tables> {
  const database = new DatabaseSync(path, { readOnly: isReadOnly })
  if (isReadOnly) database.exec('pragma busy_timeout = 5000')
  else
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000; pragma wal_autocheckpoint = 4000',
    )
  const sqlite = new SqliteDialect({ database: driverOf(database, onFailedSync) })
  const dialect: Dialect = {
    createAdapter: () => sqlite.createAdapter(),
    createDriver: () => oneAfterAnother(sqlite.createDriver()),
    createIntrospector: of => sqlite.createIntrospector(of),
    createQueryCompiler: () => sqlite.createQueryCompiler(),
  }
  const log = onStatement && { log: ({ query }: LogEvent) => onStatement(query.sql, query.parameters) }
  return new Kysely<Tables>({ dialect, ...log })
}

/** Gives Kysely the few methods that it needs. */
function driverOf(database: DatabaseSync, onFailedSync: OnFailedSync = () => {}): SqliteDatabase {
  const known = new Map<string, ReturnType<typeof prepare>>()
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = known.get(text) ?? prepare(database, text, onFailedSync)
      // The one that was used longest ago makes room.
      known.delete(text)
      known.set(text, statement)
      if (known.size > statementsMax) known.delete(known.keys().next().value!)
      return statement
    },
  }
}

/** Compiling a statement costs more than running most of them: the same texts come again and again. */
const statementsMax = 500

function prepare(database: DatabaseSync, text: string, onFailedSync: OnFailedSync) {
  const statement = database.prepare(text)
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters.map(inputOf)
  const watched = <T>(execute: () => T): T => {
    try {
      return execute()
    } catch (error) {
      if (isFailedSqliteSync(error)) onFailedSync(error)
      throw error
    }
  }
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => watched(() => statement.all(...values(parameters))),
    run: (parameters: readonly unknown[]) => watched(() => statement.run(...values(parameters))),
    // Rows are read one by one while other statements run: not from a statement that somebody else may begin anew.
    iterate: (parameters: readonly unknown[]) => database.prepare(text).iterate(...values(parameters)),
  }
}

/** Throws `TypeError` for what SQLite has no column for: a boolean, a date, an object. */
function inputOf(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'bigint' || value instanceof Uint8Array) return value
  throw new TypeError(`SQLite keeps texts, numbers and octets, no ${typeof value}`)
}
