import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { DatabaseOptions } from './database-options.ts'
import { openPostgres } from './postgres/open-postgres.ts'
import { openSqlite } from './sqlite.ts'

/** Where a process keeps its tables: a file of its own, or a database of a PostgreSQL server. */
export type DatabasePlace =
  | { readonly file: string }
  /** `insteadOf` is the file in which the tables of this process may lie, from before it was given a server. */
  | { readonly url: string; readonly insteadOf?: string }

/** Opens the tables of a hub or a node. */
export function openDatabase<Tables>(place: DatabasePlace, options: DatabaseOptions = {}): Kysely<Tables> {
  return 'url' in place ? openPostgres(place.url, options) : openSqlite(place.file, options)
}

/** The database at the URL if one is given, else the file. */
export function databasePlace(url: string | undefined, file: string): DatabasePlace {
  return url === undefined ? { file } : { url, insteadOf: file }
}

/**
 * Checks the setting `CONSORT_DATABASE_URL`; undefined where it is not set. It is never repeated: it holds a password.
 * Throws `input-invalid`.
 */
export function parseDatabaseUrl(setting: string | undefined): string | undefined {
  if (setting === undefined || setting === '') return undefined
  if (/^postgres(ql)?:\/\//.test(setting)) return setting
  throw new Refusal('input-invalid', 'CONSORT_DATABASE_URL is no URL of a PostgreSQL database', {
    hint: 'For example postgres://user:password@host:5432/consort. Leave it out to keep the tables in the data directory.',
  })
}
