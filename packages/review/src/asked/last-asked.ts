import type { Id } from '@consort/protocol'
import type { ReviewReader } from '../tables.ts'

/** The last id of all that was asked here, answered alone or not: whatever is asked next comes after it. */
export async function lastAsked(database: ReviewReader): Promise<Id<'case'> | null> {
  const lastIn = async (table: 'asked_case' | 'plain_answer') => {
    const row = await database
      .selectFrom(table)
      .select('id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.id ?? null
  }
  return laterOf(await lastIn('asked_case'), await lastIn('plain_answer'))
}

/** The later of two ids that grow; null comes before all. */
export function laterOf(one: Id<'case'> | null, other: Id<'case'> | null): Id<'case'> | null {
  return (one ?? '') > (other ?? '') ? one : other
}
