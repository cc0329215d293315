import { rowsAtOnce } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { ServingTables } from '../tables.ts'

/** Deletes messages that arrived, or were given up, before a moment. */
export async function* sweepWebhooks(
  database: Kysely<ServingTables>,
  before: Date,
): AsyncGenerator<number, void> {
  for (const state of ['delivered', 'given-up'] as const) {
    for (;;) {
      const rows = await database
        .selectFrom('webhook')
        .select('id')
        .where('state', '=', state)
        .where('next_attempt', '<', before.toISOString()) // of the last attempt, once there is no next one
        .orderBy('next_attempt')
        .limit(rowsAtOnce)
        .execute()
      if (rows.length === 0) break
      const ids = rows.map(({ id }) => id)
      await database.deleteFrom('webhook').where('id', 'in', ids).execute()
      yield ids.length
    }
  }
}
