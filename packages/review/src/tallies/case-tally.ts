import { sql, type Transaction } from 'kysely'
import type { GuaranteePlace } from '../guarantee-place.ts'
import type { ReviewTables } from '../tables.ts'
import type { DecidedPart, TallyName } from '../tally-name.ts'

type Subject = string

/** By how much the lines of the table change. */
export type TallyChange = Map<TallyName, Map<Subject, number>>

/** Which part of what a guarantee decided is counted. */
export function decidedTally(part: DecidedPart): TallyName {
  return `decided/${part}`
}

/** How a guarantee is named in a tally; names of agents hold no slash. */
export function subjectOf({ agent, version, guarantee }: GuaranteePlace): Subject {
  return `${agent}/${version}/${guarantee}`
}

/** Notes that one more, or one fewer, is to be counted. */
export function note(change: TallyChange, what: TallyName, subject: Subject, by: number): void {
  const subjects = change.get(what) ?? new Map<Subject, number>()
  subjects.set(subject, (subjects.get(subject) ?? 0) + by)
  change.set(what, subjects)
}

/** Writes what has changed, always in one order, so that two transactions never wait for each other. */
export async function applyChange(
  transaction: Transaction<ReviewTables>,
  change: TallyChange,
): Promise<void> {
  const lines = [...change]
    .flatMap(([what, subjects]) => [...subjects].map(([subject, count]) => ({ what, subject, count })))
    .filter(({ count }) => count !== 0)
    .toSorted((a, b) => (`${a.what} ${a.subject}` < `${b.what} ${b.subject}` ? -1 : 1))
  if (lines.length === 0) return
  await transaction
    .insertInto('case_tally')
    .values(lines)
    .onConflict(conflict =>
      conflict.columns(['what', 'subject']).doUpdateSet({
        count: sql<number>`${sql.ref('case_tally.count')} + ${sql.ref('excluded.count')}`,
      }),
    )
    .execute()
}
