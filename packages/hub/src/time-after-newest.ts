import type { HubTransaction } from './tables/hub-tables.ts'

/**
 * When something was made that is listed by its time: now, or just after the newest of its list where the clock was set
 * back meanwhile, here or at another replica. So what is new is listed first.
 */
export async function timeAfterNewest(
  transaction: HubTransaction,
  table: 'run' | 'version' | 'survey',
  now: Date,
): Promise<string> {
  const newest = await transaction
    .selectFrom(table)
    .select('created')
    .orderBy('created', 'desc')
    .limit(1)
    .executeTakeFirst()
  const earliestMs = newest ? Date.parse(newest.created) + 1 : 0
  return new Date(Math.max(now.getTime(), earliestMs)).toISOString()
}
