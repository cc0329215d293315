import { type Id, Refusal } from '@consort/protocol'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { type Consultation, findConsultation } from './consultation-store.ts'

/** Reads a consultation for the member on one side of it; those of others do not exist for it. Throws `not-found`. */
export async function ownConsultation(
  database: HubDatabase,
  id: Id<'consultation'>,
  side: { readonly asker: string } | { readonly answerer: string },
): Promise<Consultation> {
  const found = await findConsultation(database, id)
  const isOwn = found && ('asker' in side ? found.asker === side.asker : found.answerer === side.answerer)
  if (isOwn) return found
  throw new Refusal('not-found', `There is no consultation ${id} for this member`, {
    hint: 'It was closed, or nobody came for it in time.',
  })
}
