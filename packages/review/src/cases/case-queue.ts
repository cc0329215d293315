import type { Id } from '@consort/protocol'
import type { Decision } from '../case-file.ts'
import { operatorReviewer, type Reviewer } from '../case-state.ts'
import type { ReviewReader } from '../tables.ts'

const shownMax = 1000

/**
 * The cases that wait for this person: those that nobody has begun, and those that it began. Somebody waits for the
 * deferred ones, so that they come first, the oldest of them at the front; spot checks of what was answered follow.
 */
export async function openCases(database: ReviewReader, reviewer: Reviewer): Promise<Id<'case'>[]> {
  let query = waiting(database).select('id')
  if (reviewer.id !== operatorReviewer.id) {
    query = query.where(where =>
      where.or([where('first_by', 'is', null), where('first_by', '=', reviewer.id)]),
    )
  }
  const rows = await query
    .orderBy('action', 'desc') // defer before answer
    .orderBy('asked')
    .orderBy('id')
    .limit(shownMax)
    .execute()
  return rows.map(row => row.id)
}

/** How many cases of each agent wait for a person: deferred ones, or answers that are spot-checked. */
export async function waitingCounts(
  database: ReviewReader,
  action: Decision['action'],
): Promise<{ readonly agent: string; readonly count: number }[]> {
  const rows = await waiting(database)
    .select(({ fn }) => ['agent', fn.countAll<number>().as('count')])
    .where('action', '=', action)
    .groupBy('agent')
    .execute()
  return rows.map(({ agent, count }) => ({ agent, count: Number(count) }))
}

/** How many cases this person has closed. */
export async function closedCount(database: ReviewReader, reviewer: Reviewer): Promise<number> {
  const row = await database
    .selectFrom('asked_case')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('final_by', '=', reviewer.id)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

function waiting(database: ReviewReader) {
  return database
    .selectFrom('asked_case')
    .where('final_at', 'is', null)
    .where('cancelled', 'is', null)
    .where('settled', '=', 0)
}
