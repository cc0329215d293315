import type { Advice, CaseFile } from './case-file.ts'
import { fileOf, stateColumns, stateOf } from './keep-case.ts'
import type { ReviewReader } from './tables.ts'

export interface LaterCases {
  readonly agent: string
  readonly version: string
  /** The case before the first. */
  readonly after: string | null
  readonly limit: number
}

/**
 * Cases of the role calibrate that a version decided about and that people were asked about, labelled or not, in the order in
 * which they were asked. Their labels may move a gate, in this order and no other.
 */
export async function casesToWeigh(database: ReviewReader, later: LaterCases): Promise<CaseFile[]> {
  return await laterCases(database, later, { column: 'role', value: 'calibrate' })
}

/** The audited answers of a version, of every role, in the order in which they were asked. */
export async function auditedAnswers(database: ReviewReader, later: LaterCases): Promise<CaseFile[]> {
  return await laterCases(database, later, { column: 'action', value: 'answer' })
}

async function laterCases(
  database: ReviewReader,
  { agent, version, after, limit }: LaterCases,
  { column, value }: { column: 'role' | 'action'; value: string },
): Promise<CaseFile[]> {
  let query = database
    .selectFrom('asked_case')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where(column, '=', value)
  if (after !== null) query = query.where('id', '>', after)
  const rows = await query.orderBy('id').limit(limit).execute()
  return rows.map(fileOf)
}

/** The last case that an agent kept, by its id: guarantees that start now weigh later ones only. */
export async function lastCase(database: ReviewReader, agent: string): Promise<string | null> {
  const row = await database
    .selectFrom('asked_case')
    .select('id')
    .where('agent', '=', agent)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** One that a partner's agent was asked about, without its record: they are read whenever an agent is. */
export type AdvisedCase = Pick<CaseFile, 'id' | 'role' | 'decision' | 'asked' | 'state'> & {
  readonly advice: Advice
}

/** What a version decided about and partners were asked about, of every role, in the order in which it was asked. */
export async function advisedCases(
  database: ReviewReader,
  { agent, version }: { agent: string; version: string },
): Promise<AdvisedCase[]> {
  const rows = await database
    .selectFrom('asked_case')
    .select(['id', 'role', 'decision', 'advice', 'asked', ...stateColumns])
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('advice', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map(row => ({
    id: row.id as CaseFile['id'],
    role: row.role as CaseFile['role'],
    decision: JSON.parse(row.decision),
    asked: row.asked,
    state: stateOf(row),
    advice: JSON.parse(row.advice!),
  }))
}
