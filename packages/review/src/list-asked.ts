import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { AskedCase } from './case-file.ts'
import { fileOf } from './keep-case.ts'
import { answerOfRow } from './plain-answers.ts'
import type { ReviewReader, ReviewTables } from './tables.ts'

export interface ListedCases {
  /** Everybody's when absent. */
  readonly askedBy?: string | undefined
  readonly agent?: string | undefined
  readonly state?: 'answered' | 'deferred' | 'cancelled' | undefined
  /** Where the page before ended. */
  readonly before?: CasePlace | undefined
  readonly limit: number
}

/** Where a case stands in lists. */
export interface CasePlace {
  readonly asked: string
  readonly id: string
}

/** Cases by when they were asked, the newest first, and those of one moment by their ids; at most `limit`. */
export async function listAsked(database: ReviewReader, listed: ListedCases): Promise<AskedCase[]> {
  const files = await filesOf(database, listed)
  const areAnswersMeant = listed.state === undefined || listed.state === 'answered'
  const answers = areAnswersMeant ? await answersOf(database, listed) : []
  return [...files, ...answers].sort(newestFirst).slice(0, listed.limit)
}

/** The text of advice that was told: its JSON is this module's own. */
const told = '%"isTold":true%'
const notTold: (builder: ExpressionBuilder<ReviewTables, 'asked_case'>) => Expression<SqlBool> = ({
  or,
  eb,
}) => or([eb('advice', 'is', null), eb('advice', 'not like', told)])

export function placeOf(asked: AskedCase): CasePlace {
  const { asked: at, id } = asked.kind === 'case' ? asked.file : asked.answer
  return { asked: at, id }
}

function newestFirst(a: AskedCase, b: AskedCase): number {
  const [first, second] = [placeOf(a), placeOf(b)]
  return first.asked < second.asked || (first.asked === second.asked && first.id < second.id) ? 1 : -1
}

async function filesOf(
  database: ReviewReader,
  { askedBy, agent, state, before, limit }: ListedCases,
): Promise<AskedCase[]> {
  let query = database.selectFrom('asked_case').selectAll()
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  if (agent !== undefined) query = query.where('agent', '=', agent)
  if (state === 'cancelled') query = query.where('cancelled', 'is not', null)
  if (state === 'deferred') {
    query = query
      .where('action', '=', 'defer')
      .where('final_at', 'is', null)
      .where('cancelled', 'is', null)
      .where(notTold)
  }
  if (state === 'answered') {
    query = query.where(({ or, eb }) =>
      or([eb('action', '=', 'answer'), eb('final_at', 'is not', null), eb('advice', 'like', told)]),
    )
  }
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('asked', 'id'), '<', tuple(before.asked, before.id)),
    )
  }
  const rows = await query.orderBy('asked', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(row => ({ kind: 'case', file: fileOf(row) }))
}

async function answersOf(
  database: ReviewReader,
  { askedBy, agent, before, limit }: ListedCases,
): Promise<AskedCase[]> {
  let query = database.selectFrom('plain_answer').select('text')
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  if (agent !== undefined) query = query.where('agent', '=', agent)
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('asked', 'id'), '<', tuple(before.asked, before.id)),
    )
  }
  const rows = await query.orderBy('asked', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(row => ({ kind: 'answer', answer: answerOfRow(row) }))
}
