import { existsSync } from 'node:fs'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import { type DatabasePlace, openDatabase } from './open-database.ts'

/**
 * Opens the tables of a hub or a node beside the process that writes to them. Throws `not-found` where there is no such
 * file.
 */
export function openForReading<Tables>(place: DatabasePlace): Kysely<Tables> {
  if ('file' in place && !existsSync(place.file))
    throw new Refusal('not-found', `There is no database in ${place.file}`)
  return openDatabase<Tables>(place, { isReadOnly: true })
}
