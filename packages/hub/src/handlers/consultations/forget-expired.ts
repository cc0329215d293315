import type { Kysely } from 'kysely'
import type { HubTables } from '../../tables.ts'

/** Removes what nobody came for in time. What is left is in flight. */
export async function forgetExpired(database: Kysely<HubTables>, now: Date): Promise<void> {
  await database.deleteFrom('consultation').where('expires', '<=', now.getTime()).execute()
}
