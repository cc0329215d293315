import type { Advice, CaseFile } from './case-file.ts'
import { fileOf } from './keep-case.ts'
import type { ReviewReader } from './tables.ts'

/**
 * Cases of the role calibrate that a version decided about and that people were asked about, labelled or not, in the order in
 * which they were asked: those after the case `after`. Their labels may move a gate, in this order and no other.
 */
export async function casesToWeigh(
  database: ReviewReader,
  { agent, version, after, limit }: { agent: string; version: string; after: string | null; limit: number },
): Promise<CaseFile[]> {
  let query = database
    .selectFrom('asked_case')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('role', '=', 'calibrate')
  if (after !== null) query = query.where('id', '>', after)
  const rows = await query.orderBy('id').limit(limit).execute()
  return rows.map(fileOf)
}

/** The audited answers of a version, of every role, in the order in which they were asked: those after the case `after`. */
export async function auditedAnswers(
  database: ReviewReader,
  { agent, version, after, limit }: { agent: string; version: string; after: string | null; limit: number },
): Promise<CaseFile[]> {
  let query = database
    .selectFrom('asked_case')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('action', '=', 'answer')
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

/** One that a partner's agent was asked about. */
export type AdvisedCase = CaseFile & { readonly advice: Advice }

/** What a version decided about and partners were asked about, of every role, in the order in which it was asked. */
export async function advisedCases(
  database: ReviewReader,
  { agent, version }: { agent: string; version: string },
): Promise<AdvisedCase[]> {
  const rows = await database
    .selectFrom('asked_case')
    .selectAll()
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('advice', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map(row => fileOf(row) as AdvisedCase)
}
