import type { Id } from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { ReviewReader, ReviewTables } from '../tables.ts'
import { applyChange, decidedTally, note, subjectOf, type TallyChange } from '../tallies/case-tally.ts'
import type { DecidedPart } from '../tally-name.ts'
import { adviceColumn, decisionColumn } from './case-columns.ts'
import { type CaseRow, stateColumns, stateOf } from './case-row.ts'

/** Changes a case and all that is counted of it, in the transaction of the change. */
export async function recount(
  transaction: Transaction<ReviewTables>,
  id: Id<'case'>,
  update: () => Promise<unknown>,
): Promise<void> {
  const change: TallyChange = new Map()
  noteCase(change, await counted(transaction, id), -1)
  await update()
  noteCase(change, await counted(transaction, id), 1)
  await applyChange(transaction, change)
}

type CountedRow = Pick<CaseRow, (typeof countedColumns)[number]>

const countedColumns = [
  'agent',
  'dataset',
  'version',
  'role',
  'action',
  'decision',
  'advice',
  'closing',
  ...stateColumns,
] as const

async function counted(database: ReviewReader, id: Id<'case'>): Promise<CountedRow | undefined> {
  return await database
    .selectFrom('asked_case')
    .select(countedColumns)
    .where('id', '=', id)
    .executeTakeFirst()
}

function noteCase(change: TallyChange, row: CountedRow | undefined, by: 1 | -1): void {
  if (row === undefined) return
  const { agent, dataset, role, action } = row
  const isOpen = row.final_at === null && row.cancelled === null && row.settled === 0
  if (isOpen) note(change, `waiting/${action}`, agent, by)
  if (row.final_by !== null) note(change, 'closed', row.final_by, by)
  if (row.closing !== null) note(change, `labelled/${role}`, dataset, by)
  const { guarantee } = decisionColumn.read(row.decision)
  const place = subjectOf({ agent, version: row.version, guarantee })
  for (const part of partsOf(row)) note(change, decidedTally(part), place, by)
}

function partsOf(row: CountedRow): DecidedPart[] {
  const { kind } = stateOf(row)
  const isTold = adviceColumn.readOrNull(row.advice)?.isTold === true
  const decided = row.action === 'answer' ? 'answered' : isTold ? 'consulted' : 'deferred'
  const parts: DecidedPart[] = [decided]
  if (kind === 'closed') parts.push(decided === 'deferred' ? 'labelledDeferred' : 'labelledAudited')
  else if (kind !== 'cancelled' && row.role === 'calibrate') parts.push('awaited')
  return parts
}
