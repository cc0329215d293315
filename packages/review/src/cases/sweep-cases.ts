import { type Id, orderedIdAt } from '@consort/protocol'
import { rowsAtOnce } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { ReviewTables } from '../tables.ts'
import { decisionColumn } from './case-columns.ts'
import type { CaseRow } from './case-row.ts'

/** Which cases are looked at: those that a version of an agent has decided. */
export interface DecidedBy {
  readonly agent: string
  readonly version: Id<'version'>
  /** The guarantee of this version that still takes labels in; null where there is none. */
  readonly guarantee: number | null
}

/**
 * Deletes cases that were asked before a moment and that nobody needs any more, with what was said of them. What stays:
 * cases that wait for a person, training examples, and what the present guarantee was worked out from. What is counted
 * of cases stays as it is: they were decided.
 */
export async function* sweepCases(
  database: Kysely<ReviewTables>,
  decidedBy: DecidedBy,
  before: Date,
): AsyncGenerator<number, void> {
  for (const role of ['calibrate', 'test', 'train'] as const) {
    for (let after: Id<'case'> | undefined; ; ) {
      let query = database
        .selectFrom('asked_case')
        .select(['id', 'role', 'decision', 'closing', 'cancelled', 'settled'])
        .where('agent', '=', decidedBy.agent)
        .where('version', '=', decidedBy.version)
        .where('role', '=', role)
        .where('id', '<', orderedIdAt('case', before))
        .orderBy('id')
        .limit(rowsAtOnce)
      if (after !== undefined) query = query.where('id', '>', after)
      const rows = await query.execute()
      const ids = rows.filter(row => isOver(row) && !isNeeded(row, decidedBy)).map(({ id }) => id)
      await database.transaction().execute(transaction => dropCases(transaction, ids))
      yield ids.length
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce) break
      after = last.id
    }
  }
}

type Row = Pick<CaseRow, 'id' | 'role' | 'decision' | 'closing' | 'cancelled' | 'settled'>

function isOver({ closing, cancelled, settled }: Row): boolean {
  return closing !== null || cancelled !== null || settled === 1
}

function isNeeded({ role, closing, decision }: Row, { guarantee }: DecidedBy): boolean {
  if (role === 'train' && closing !== null) return true
  return guarantee !== null && decisionColumn.read(decision).guarantee === guarantee
}

async function dropCases(transaction: Transaction<ReviewTables>, ids: readonly Id<'case'>[]): Promise<void> {
  if (ids.length === 0) return
  await transaction.deleteFrom('feedback').where('case_id', 'in', ids).execute()
  await transaction.deleteFrom('asked_case').where('id', 'in', ids).execute()
}
