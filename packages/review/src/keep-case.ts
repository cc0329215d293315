import { type Digest, Refusal } from '@consort/protocol'
import type { Selectable, Transaction } from 'kysely'
import type { CaseFile } from './case-file.ts'
import type { CaseState, Judgement } from './case-state.ts'
import type { ReviewReader, ReviewTables } from './tables.ts'

type CaseRow = Selectable<ReviewTables['asked_case']>

/** Keeps a new case. Whoever adds it has looked for its idempotency key in the same transaction. */
export async function addCase(transaction: Transaction<ReviewTables>, file: CaseFile): Promise<void> {
  await transaction.insertInto('asked_case').values(rowOf(file)).execute()
}

/**
 * The case that this key has asked under this idempotency key. Throws `state-conflict` when that was another question.
 */
export async function caseAskedBefore(
  database: ReviewReader,
  asked: { askedBy: string; idempotencyKey: string; requestDigest: Digest },
): Promise<CaseFile | undefined> {
  const row = await database
    .selectFrom('asked_case')
    .selectAll()
    .where('asked_by', '=', asked.askedBy)
    .where('idempotency_key', '=', asked.idempotencyKey)
    .executeTakeFirst()
  if (!row || row.request_digest === asked.requestDigest) return row && fileOf(row)
  throw new Refusal('state-conflict', 'Another case was asked under this idempotency key', {
    hint: 'Make a new key for each case, and repeat it only when the same question is sent again.',
    path: 'idempotencyKey',
  })
}

/** Of one asker's cases only, where given: others do not learn that a case exists. Throws `not-found`. */
export async function readCase(
  database: ReviewReader,
  id: string,
  { askedBy, action }: { askedBy?: string | undefined; action?: 'answer' | 'defer' } = {},
): Promise<CaseFile> {
  let query = database.selectFrom('asked_case').selectAll().where('id', '=', id)
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  if (action !== undefined) query = query.where('action', '=', action)
  const row = await query.executeTakeFirst()
  if (row) return fileOf(row)
  throw new Refusal('not-found', `There is no case ${id} for you here`, {
    hint: 'A case is shown to the key that asked it; deferred ones also to experts.',
  })
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

async function nextClosing(transaction: Transaction<ReviewTables>): Promise<number> {
  const { last } = await transaction
    .selectFrom('asked_case')
    .select(({ fn }) => fn.max('closing').as('last'))
    .executeTakeFirstOrThrow()
  return Number(last ?? 0) + 1
}

function rowOf({ state, decision, record, ...file }: CaseFile): CaseRow {
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
    asked: file.asked,
    revision: file.revision,
    closing: null,
    ...judgementColumns(state),
  }
}

function judgementColumns(state: CaseState) {
  const first = state.kind === 'begun' || state.kind === 'closed' ? state.first : undefined
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
  }
}

function fileOf(row: CaseRow): CaseFile {
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
    decision: JSON.parse(row.decision),
    asked: row.asked,
    revision: row.revision,
    state: stateOf(row),
  }
}

function stateOf(row: CaseRow): CaseState {
  const first = judgementOf(row.first_class, row.first_by, row.first_name, row.first_at)
  const final = judgementOf(row.final_class, row.final_by, row.final_name, row.final_at)
  if (row.action === 'answer') return { kind: 'answered' }
  if (first && final) return { kind: 'closed', first, final }
  return first ? { kind: 'begun', first } : { kind: 'waiting' }
}

function judgementOf(...columns: (string | null)[]): Judgement | undefined {
  const [label, id, name, at] = columns
  return label && id && name && at ? { class: label, by: { id, name }, at } : undefined
}
