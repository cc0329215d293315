import { rowsAtOnce } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { NodeTables } from '../tables/node-tables.ts'

/**
 * Deletes the rows of cards that were made before a moment and that another card has replaced. One whose counts carry
 * noise stays: noise is drawn once, and published again as it was.
 */
export async function* sweepReplaced(
  database: Kysely<NodeTables>,
  before: Date,
): AsyncGenerator<number, void> {
  for (;;) {
    const rows = await database
      .selectFrom('dataset')
      .select('id')
      .where('current', '=', 0)
      .where('registered', '<', before.toISOString())
      .where('noised', 'is', null)
      .orderBy('registered')
      .limit(rowsAtOnce)
      .execute()
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    await database.deleteFrom('dataset').where('id', 'in', ids).execute()
    yield ids.length
  }
}
