import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { CaseFile } from '../case-file.ts'
import type { CaseState } from '../case-state.ts'
import type { ReviewTables } from '../tables.ts'
import { adviceColumn, decisionColumn, recordColumn } from './case-columns.ts'
import { caseStateSchema } from './case-state-schema.ts'

/** A case as it lies in the database: for the files of this folder, which alone ask for its table. */
export type CaseRow = Selectable<ReviewTables['asked_case']>

/** The row of a new case, which nobody has closed. */
export function rowOf({ state, decision, record, advice, ...file }: CaseFile): CaseRow {
  return {
    id: file.id,
    agent: file.agent,
    dataset: file.dataset,
    version: file.version,
    asked_by: file.askedBy,
    idempotency_key: file.idempotencyKey,
    request_digest: file.requestDigest,
    record: recordColumn.write(record),
    webhook: file.webhook,
    role: file.role,
    action: decision.action,
    decision: decisionColumn.write(decision),
    advice: adviceColumn.writeOrNull(advice),
    advice_disclosed: advice?.isTold ? 1 : 0,
    settled: 0,
    asked: file.asked,
    revision: file.revision,
    closing: null,
    ...judgementColumns(state),
  }
}

export function fileOf(row: CaseRow): CaseFile {
  return {
    id: row.id,
    agent: row.agent,
    dataset: row.dataset,
    version: row.version,
    askedBy: row.asked_by,
    idempotencyKey: row.idempotency_key,
    requestDigest: row.request_digest,
    record: recordColumn.read(row.record),
    webhook: row.webhook,
    role: row.role,
    decision: decisionColumn.read(row.decision),
    advice: adviceColumn.readOrNull(row.advice),
    asked: row.asked,
    revision: row.revision,
    state: stateOf(row),
  }
}

/** The columns of a state's judgements. */
export function judgementColumns(state: CaseState) {
  const first = 'first' in state ? state.first : undefined
  const final = state.kind === 'closed' ? state.final : undefined
  return {
    first_class: first?.class ?? null,
    first_by: first?.by.id ?? null,
    first_name: first?.by.name ?? null,
    first_at: first?.at ?? null,
    final_class: final?.class ?? null,
    final_by: final?.by.id ?? null,
    final_name: final?.by.name ?? null,
    final_at: final?.at ?? null,
    cancelled: state.kind === 'cancelled' ? state.at : null,
  }
}

/** What `stateOf` needs of a row. */
export const stateColumns = [
  'first_class',
  'first_by',
  'first_name',
  'first_at',
  'final_class',
  'final_by',
  'final_name',
  'final_at',
  'cancelled',
  'settled',
] as const

/** The state that the columns of a row hold. Throws where they hold none, since somebody else has written them. */
export function stateOf(row: Pick<CaseRow, (typeof stateColumns)[number]>): CaseState {
  const read = caseStateSchema.safeParse({
    settled: row.settled,
    cancelled: row.cancelled,
    first: judgementOf({ class: row.first_class, id: row.first_by, name: row.first_name, at: row.first_at }),
    final: judgementOf({ class: row.final_class, id: row.final_by, name: row.final_name, at: row.final_at }),
  })
  if (read.success) return read.data
  throw new Error(`The columns of a case in asked_case are those of no state: ${z.prettifyError(read.error)}`)
}

interface JudgementColumns {
  readonly class: string | null
  readonly id: string | null
  readonly name: string | null
  readonly at: string | null
}

/** Null where nobody judged; what is half there is left to the schema, which refuses it. */
function judgementOf({ class: label, id, name, at }: JudgementColumns) {
  return label === null && id === null && name === null && at === null
    ? null
    : { class: label, by: { id, name }, at }
}
