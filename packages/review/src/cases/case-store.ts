import type { Id } from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { CaseFile } from '../case-file.ts'
import type { Holder } from '../case-state.ts'
import type { ReviewReader, ReviewTables } from '../tables.ts'
import { adviceColumn } from './case-columns.ts'
import { fileOf, judgementColumns, rowOf } from './case-row.ts'
import { recount } from './count-case.ts'

/** Keeps a new case. Whoever adds it has looked for its idempotency key in the same transaction. */
export async function addCase(transaction: Transaction<ReviewTables>, file: CaseFile): Promise<void> {
  await recount(transaction, file.id, () =>
    transaction.insertInto('asked_case').values(rowOf(file)).execute(),
  )
}

/** Keeps the judgements of a case and its revision, and numbers it when it is closed. */
export async function keepState(
  transaction: Transaction<ReviewTables>,
  { id, state, revision }: Pick<CaseFile, 'id' | 'state' | 'revision'>,
): Promise<void> {
  const closing = state.kind === 'closed' ? await nextClosing(transaction) : null
  await recount(transaction, id, () =>
    transaction
      .updateTable('asked_case')
      .set({ ...judgementColumns(state), revision, closing })
      .where('id', '=', id)
      .execute(),
  )
}

/**
 * Keeps what a partner's agent said. A case whose caller was told of it is asked of nobody any more, but for a spot
 * check.
 */
export async function keepAdvice(
  transaction: Transaction<ReviewTables>,
  { id, advice, revision }: Pick<CaseFile, 'id' | 'advice' | 'revision'>,
  { isAudited }: { isAudited: boolean },
): Promise<void> {
  const isDisclosed = advice?.isTold === true
  await recount(transaction, id, () =>
    transaction
      .updateTable('asked_case')
      .set({
        advice: adviceColumn.writeOrNull(advice),
        advice_disclosed: isDisclosed ? 1 : 0,
        revision,
        settled: isDisclosed && !isAudited ? 1 : 0,
      })
      .where('id', '=', id)
      .execute(),
  )
}

async function nextClosing(transaction: Transaction<ReviewTables>): Promise<number> {
  const { last } = await transaction
    .selectFrom('asked_case')
    .select(({ fn }) => fn.max('closing').as('last'))
    .executeTakeFirstOrThrow()
  return Number(last ?? 0) + 1
}

/** One case; of one asker's only, where given. */
export async function findCase(
  database: ReviewReader,
  id: Id<'case'>,
  { askedBy }: { askedBy?: Holder | undefined },
): Promise<CaseFile | undefined> {
  let query = database.selectFrom('asked_case').selectAll().where('id', '=', id)
  if (askedBy !== undefined) query = query.where('asked_by', '=', askedBy)
  const row = await query.executeTakeFirst()
  return row && fileOf(row)
}

/** The case that its asker named by this idempotency key. */
export async function findCaseByKey(
  database: ReviewReader,
  { askedBy, idempotencyKey }: Pick<CaseFile, 'askedBy' | 'idempotencyKey'>,
): Promise<CaseFile | undefined> {
  const row = await database
    .selectFrom('asked_case')
    .selectAll()
    .where('asked_by', '=', askedBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst()
  return row && fileOf(row)
}
