import type { Kysely } from 'kysely'
import type { DatabaseOptions } from '../database/database-options.ts'
import { openPostgres } from '../database/postgres/open-postgres.ts'
import { openSqlite } from '../database/sqlite.ts'
import { createDatabaseOf } from './postgres-server.ts'

/**
 * An empty database for one test: in memory, or in the PostgreSQL server whose folder `CONSORT_TEST_POSTGRES` names.
 * `test/engines.test.ts` runs the tests of all stores a second time so.
 */
export async function openTestDatabase<Tables>(options: DatabaseOptions = {}): Promise<Kysely<Tables>> {
  const folder = process.env.CONSORT_TEST_POSTGRES
  if (folder === undefined) return openSqlite<Tables>(':memory:', options)
  count += 1
  return openPostgres<Tables>(await createDatabaseOf(folder, `test_${process.pid}_${count}`), options)
}

let count = 0
