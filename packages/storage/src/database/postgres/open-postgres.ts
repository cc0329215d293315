import {
  HandleEmptyInListsPlugin,
  Kysely,
  type LogEvent,
  PostgresDialect,
  replaceWithNoncontingentExpression,
} from 'kysely'
import pg from 'pg'
import type { DatabaseOptions } from '../database-options.ts'
import { columnParsers } from './column-parsers.ts'
import { connectionTo, type Patience, servingPatience, watchClient } from './connection.ts'
import { portableTypes } from './portable-types.ts'
import { withWriterLock } from './writer-lock.ts'

/** How many connections one process keeps at most. */
const connectionsMax = 10

/** `in ()` holds for nothing and `not in ()` for everything, as in SQLite; to PostgreSQL they are no SQL. */
const emptyLists = new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })

export interface PostgresOptions extends DatabaseOptions {
  /** How long it is waited for the server. */
  readonly patience?: Patience
}

/**
 * A PostgreSQL database (14 or later) at a URL such as `postgres://user:password@host/name`, for one hub with all its
 * replicas, or for one node. It behaves as the embedded one does: integers have 64 bits, text is ordered by its
 * octets, and one transaction writes at a time (`withWriterLock`). What was committed is on the server's disk.
 */
export function openPostgres<Tables>(
  url: string,
  { onStatement, patience = servingPatience, admit }: PostgresOptions = {},
): Kysely<Tables> {
  const pool = new pg.Pool({
    ...connectionTo(url, patience),
    onConnect: async client => {
      await watchClient(client)
      await admit?.(client)
    },
    max: connectionsMax,
    types: columnParsers,
  })
  // A connection that the server ends is thrown away; whoever uses it next, or now, gets the error from its query.
  pool.on('error', () => {})
  pool.on('connect', client => client.on('error', () => {}))
  const log = onStatement && { log: ({ query }: LogEvent) => onStatement(query.sql, query.parameters) }
  return new Kysely<Tables>({
    dialect: withWriterLock(new PostgresDialect({ pool })),
    plugins: [portableTypes, emptyLists],
    ...log,
  })
}
