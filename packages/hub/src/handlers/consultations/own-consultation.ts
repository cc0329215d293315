import { Refusal } from '@consort/protocol'
import type { Kysely, Selectable } from 'kysely'
import type { HubTables } from '../../tables.ts'

export type ConsultationRow = Selectable<HubTables['consultation']>

/** A consultation in flight, for the member on one side of it; those of others do not exist for it. Throws `not-found`. */
export async function ownConsultation(
  database: Kysely<HubTables>,
  id: string,
  side: { readonly asker: string } | { readonly answerer: string },
): Promise<ConsultationRow> {
  const row = await database.selectFrom('consultation').selectAll().where('id', '=', id).executeTakeFirst()
  const isOwn = row && ('asker' in side ? row.asker === side.asker : row.answerer === side.answerer)
  if (isOwn) return row
  throw new Refusal('not-found', `There is no consultation ${id} for this member`, {
    hint: 'It was closed, or nobody came for it in time.',
  })
}
