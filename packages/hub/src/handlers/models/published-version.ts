import { Refusal } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { HubContext } from '../../context.ts'
import type { HubTables } from '../../tables.ts'

/** Versions that are a run's result are models; the others are nobody's business. Throws `not-found`. */
export async function publishedVersion(
  { database }: HubContext,
  id: string,
): Promise<Selectable<HubTables['version']>> {
  const row = await database
    .selectFrom('version')
    .selectAll()
    .where('id', '=', id)
    .where('published', '=', 1)
    .executeTakeFirst()
  if (!row) {
    throw new Refusal('not-found', `There is no model ${id}`, {
      hint: '`consort model list` shows all of them.',
    })
  }
  return row
}
