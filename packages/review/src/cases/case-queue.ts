import type { Id } from '@consort/protocol'
import { sql } from 'kysely'
import type { Decision } from '../case-file.ts'
import { operatorReviewer, type Reviewer } from '../case-state.ts'
import type { ReviewReader } from '../tables.ts'
import { readTally, tallyBySubject } from '../tallies/read-tally.ts'

const shownMax = 1000

/**
 * The cases that wait for this person: those that nobody has begun, and those that it began. Somebody waits for the
 * deferred ones, so that they come first, the oldest of them at the front; spot checks of what was answered follow.
 */
export async function openCases(database: ReviewReader, reviewer: Reviewer): Promise<Id<'case'>[]> {
  const deferred = await oldest(database, reviewer, { action: 'defer', limit: shownMax })
  const left = shownMax - deferred.length
  if (left === 0) return deferred
  return [...deferred, ...(await oldest(database, reviewer, { action: 'answer', limit: left }))]
}

interface Part {
  readonly action: Decision['action']
  readonly limit: number
}

async function oldest(database: ReviewReader, reviewer: Reviewer, part: Part): Promise<Id<'case'>[]> {
  if (reviewer.id === operatorReviewer.id) {
    return (await waiting(database, part).execute()).map(({ id }) => id)
  }
  // Each part comes from an index of its own, in its order; together they would have to be sorted.
  const unbegun = await waiting(database, part).where('first_by', 'is', null).execute()
  const begun = await waiting(database, part).where('first_by', '=', reviewer.id).execute()
  return [...unbegun, ...begun]
    .toSorted((a, b) => (a.asked < b.asked || (a.asked === b.asked && a.id < b.id) ? -1 : 1))
    .slice(0, part.limit)
    .map(({ id }) => id)
}

/** Compared with values in the text: the index holds only what waits, and the database has to see that. */
function waiting(database: ReviewReader, { action, limit }: Part) {
  return database
    .selectFrom('asked_case')
    .select(['id', 'asked'])
    .where('final_at', 'is', null)
    .where('cancelled', 'is', null)
    .where('settled', '=', sql.lit(0 as const))
    .where('action', '=', action)
    .orderBy('asked')
    .orderBy('id')
    .limit(limit)
}

/** How many cases of each agent wait for a person: deferred ones, or answers that are spot-checked. */
export async function waitingCounts(
  database: ReviewReader,
  action: Decision['action'],
): Promise<{ readonly agent: string; readonly count: number }[]> {
  const counts = await tallyBySubject(database, `waiting/${action}`)
  return counts.map(({ subject, count }) => ({ agent: subject, count }))
}

/** How many cases this person has closed. */
export async function closedCount(database: ReviewReader, reviewer: Reviewer): Promise<number> {
  return await readTally(database, 'closed', reviewer.id)
}
