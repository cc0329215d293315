import { rowsAtOnce } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { ConsultationTables } from '../tables/consultation-tables.ts'

/**
 * Deletes what partners were asked, and what they asked here, before a moment. Questions that are on their way and
 * answers that were not delivered stay, and so do those of the month and the day that still count.
 */
export async function* sweepConsultations(
  database: Kysely<ConsultationTables>,
  before: Date,
): AsyncGenerator<number, void> {
  for (;;) {
    const rows = await database
      .selectFrom('consultation')
      .select('id')
      .where('month', '<', before.toISOString().slice(0, 'yyyy-mm'.length))
      .where('state', '!=', 'sent')
      .orderBy('month')
      .limit(rowsAtOnce)
      .execute()
    if (rows.length === 0) break
    const ids = rows.map(({ id }) => id)
    await database.deleteFrom('consultation').where('id', 'in', ids).execute()
    yield ids.length
  }
  for (;;) {
    const rows = await database
      .selectFrom('consulted')
      .select('id')
      .where('day', '<', before.toISOString().slice(0, 'yyyy-mm-dd'.length))
      .where('told', '!=', 0)
      .orderBy('day')
      .limit(rowsAtOnce)
      .execute()
    if (rows.length === 0) return
    const ids = rows.map(({ id }) => id)
    await database.deleteFrom('consulted').where('id', 'in', ids).execute()
    yield ids.length
  }
}
