import type { Digest } from '@consort/protocol'
import type { Selectable, Transaction } from 'kysely'
import type { CaseFile } from './case-file.ts'
import type { CaseState, Judgement } from './case-state.ts'
import type { ReviewTables } from './tables.ts'

type CaseRow = Selectable<ReviewTables['asked_case']>

/** Keeps a new case. Whoever adds it has looked for its idempotency key in the same transaction. */
export async function addCase(transaction: Transaction<ReviewTables>, file: CaseFile): Promise<void> {
  await transaction.insertInto('asked_case').values(rowOf(file)).execute()
}

/** Keeps the judgements of a case and its revision, and numbers it when it is closed. */
export async function keepState(
  transaction: Transaction<ReviewTables>,
  { id, state, revision }: Pick<CaseFile, 'id' | 'state' | 'revision'>,
): Promise<void> {
  const closing = state.kind === 'closed' ? await nextClosing(transaction) : null
  await transaction
    .updateTable('asked_case')
    .set({ ...judgementColumns(state), revision, closing })
    .where('id', '=', id)
    .execute()
}

/**
 * Keeps what a partner's agent said. A case that its caller was told of is asked of nobody any more, but for an audit.
 */
export async function keepAdvice(
  transaction: Transaction<ReviewTables>,
  { id, advice, revision }: Pick<CaseFile, 'id' | 'advice' | 'revision'>,
  { isAudited }: { isAudited: boolean },
): Promise<void> {
  const settled = advice?.isTold && !isAudited ? 1 : 0
  await transaction
    .updateTable('asked_case')
    .set({ advice: JSON.stringify(advice), revision, settled })
    .where('id', '=', id)
    .execute()
}

async function nextClosing(transaction: Transaction<ReviewTables>): Promise<number> {
  const { last } = await transaction
    .selectFrom('asked_case')
    .select(({ fn }) => fn.max('closing').as('last'))
    .executeTakeFirstOrThrow()
  return Number(last ?? 0) + 1
}

function rowOf({ state, decision, record, advice, ...file }: CaseFile): CaseRow {
  return {
    id: file.id,
    agent: file.agent,
    dataset: file.dataset,
    version: file.version,
    asked_by: file.askedBy,
    idempotency_key: file.idempotencyKey,
    request_digest: file.requestDigest,
    record: JSON.stringify(record),
    webhook: file.webhook,
    role: file.role,
    action: decision.action,
    decision: JSON.stringify(decision),
    advice: advice && JSON.stringify(advice),
    settled: 0,
    asked: file.asked,
    revision: file.revision,
    closing: null,
    ...judgementColumns(state),
  }
}

function judgementColumns(state: CaseState) {
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

export function fileOf(row: CaseRow): CaseFile {
  return {
    id: row.id as CaseFile['id'],
    agent: row.agent,
    dataset: row.dataset,
    version: row.version as CaseFile['version'],
    askedBy: row.asked_by,
    idempotencyKey: row.idempotency_key,
    requestDigest: row.request_digest as Digest,
    record: JSON.parse(row.record),
    webhook: row.webhook,
    role: row.role as CaseFile['role'],
    decision: { among: [], ...JSON.parse(row.decision) }, // cases that waited before there were sets
    advice: row.advice === null ? null : JSON.parse(row.advice),
    asked: row.asked,
    revision: row.revision,
    state: stateOf(row),
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

export function stateOf(row: Pick<CaseRow, (typeof stateColumns)[number]>): CaseState {
  const first = judgementOf(row.first_class, row.first_by, row.first_name, row.first_at)
  const final = judgementOf(row.final_class, row.final_by, row.final_name, row.final_at)
  if (row.settled === 1) return { kind: 'answered' }
  if (row.cancelled !== null) return { kind: 'cancelled', at: row.cancelled, ...(first && { first }) }
  if (first && final) return { kind: 'closed', first, final }
  return first ? { kind: 'begun', first } : { kind: 'waiting' }
}

function judgementOf(...columns: (string | null)[]): Judgement | undefined {
  const [label, id, name, at] = columns
  return label && id && name && at ? { class: label, by: { id, name }, at } : undefined
}
