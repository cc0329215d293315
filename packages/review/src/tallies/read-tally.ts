import type { ReviewReader } from '../tables.ts'
import type { TallyName } from '../tally-name.ts'

/** How many there are of something. */
export async function readTally(database: ReviewReader, what: TallyName, subject: string): Promise<number> {
  return (await readTallies(database, [what], subject)).get(what) ?? 0
}

/** How many there are of several things that have one subject. */
export async function readTallies(
  database: ReviewReader,
  what: readonly TallyName[],
  subject: string,
): Promise<ReadonlyMap<TallyName, number>> {
  const rows = await database
    .selectFrom('case_tally')
    .select(['what', 'count'])
    .where('what', 'in', what)
    .where('subject', '=', subject)
    .execute()
  return new Map(rows.map(row => [row.what, Number(row.count)]))
}

/** How many there are of something for each subject that has any. */
export async function tallyBySubject(
  database: ReviewReader,
  what: TallyName,
): Promise<{ readonly subject: string; readonly count: number }[]> {
  const rows = await database
    .selectFrom('case_tally')
    .select(['subject', 'count'])
    .where('what', '=', what)
    .where('count', '>', 0)
    .orderBy('subject')
    .execute()
  return rows.map(({ subject, count }) => ({ subject, count: Number(count) }))
}
