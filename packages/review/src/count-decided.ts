import { type GuaranteePlace, plainAnswersOf } from './decided-cases.ts'
import type { ReviewReader } from './tables.ts'

/** What one guarantee of an agent's version has decided. */
export interface DecidedCounts {
  readonly answered: number
  readonly consulted: number
  readonly deferred: number
  /** Cases that people have labelled. */
  readonly labelledDeferred: number
  readonly labelledAudited: number
  /** Of the role calibrate, not labelled yet. */
  readonly awaited: number
}

/** Reads every line of the guarantee: for reports, not for requests that callers wait for. */
export async function countDecided(
  database: ReviewReader,
  { agent, version, guarantee }: GuaranteePlace,
): Promise<DecidedCounts> {
  const rows = await database
    .selectFrom('asked_case')
    .select(['action', 'role', 'decision', 'advice', 'final_class', 'cancelled'])
    .where('agent', '=', agent)
    .where('version', '=', version)
    .execute()
  const files = rows.filter(({ decision }) => JSON.parse(decision).guarantee === guarantee)
  const isTold = ({ advice }: { advice: string | null }): boolean =>
    advice !== null && JSON.parse(advice).isTold
  const count = (isIt: (row: (typeof files)[number]) => boolean): number => files.filter(isIt).length
  return {
    answered:
      count(row => row.action === 'answer') +
      (await countPlainAnswers(database, { agent, version, guarantee })),
    consulted: count(isTold),
    deferred: count(row => row.action === 'defer' && !isTold(row)),
    labelledDeferred: count(row => row.action === 'defer' && !isTold(row) && row.final_class !== null),
    labelledAudited: count(row => (row.action === 'answer' || isTold(row)) && row.final_class !== null),
    awaited: count(row => row.role === 'calibrate' && row.final_class === null && row.cancelled === null),
  }
}

async function countPlainAnswers(database: ReviewReader, place: GuaranteePlace): Promise<number> {
  const { count } = await plainAnswersOf(database, place)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
