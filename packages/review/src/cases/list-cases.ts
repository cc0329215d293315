import { sql } from 'kysely'
import type { CaseFile } from '../case-file.ts'
import type { ListedCases } from '../listed-cases.ts'
import type { ReviewReader } from '../tables.ts'
import { fileOf } from './case-row.ts'

/** The kept cases of a list, the newest first. */
export async function listCases(
  database: ReviewReader,
  { askedBy, agent, state, before, limit }: ListedCases,
): Promise<CaseFile[]> {
  let query = database.selectFrom('asked_case').selectAll()
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  if (agent !== undefined) query = query.where('agent', '=', agent)
  if (state === 'cancelled') query = query.where('cancelled', 'is not', null)
  if (state === 'deferred') {
    query = query
      .where('action', '=', sql.lit('defer' as const))
      .where('final_at', 'is', null)
      .where('cancelled', 'is', null)
      .where('advice_disclosed', '=', sql.lit(0 as const))
  }
  if (state === 'answered') {
    query = query.where(({ or, eb }) =>
      or([eb('action', '=', 'answer'), eb('final_at', 'is not', null), eb('advice_disclosed', '=', 1)]),
    )
  }
  if (before) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('asked', 'id'), '<', tuple(before.at, before.id)),
    )
  }
  const rows = await query.orderBy('asked', 'desc').orderBy('id', 'desc').limit(limit).execute()
  return rows.map(fileOf)
}
