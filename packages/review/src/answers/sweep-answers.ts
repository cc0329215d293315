import { type Id, orderedIdAt } from '@consort/protocol'
import { rowsAtOnce } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { ReviewTables } from '../tables.ts'

/**
 * Deletes what agents answered alone before a moment, with what was said of it. What was written together goes
 * together, since the log has one digest of it. The last batch stays: new ids come after it.
 */
export async function* sweepAnswers(
  database: Kysely<ReviewTables>,
  before: Date,
): AsyncGenerator<number, void> {
  for (;;) {
    const gone = await database.transaction().execute(transaction => dropOldest(transaction, before))
    if (gone === 0) return
    yield gone
  }
}

/** Batches of different groups are written side by side: some rows after the page belong to its batches. */
const besideMax = 500

async function dropOldest(transaction: Transaction<ReviewTables>, before: Date): Promise<number> {
  const last = await transaction
    .selectFrom('plain_answer')
    .select('batch')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last === undefined) return 0
  const rows = await oldest(transaction)
    .where('id', '<', orderedIdAt('case', before))
    .where('batch', '!=', last.batch)
    .limit(rowsAtOnce)
    .execute()
  const end = rows.at(-1)
  if (end === undefined) return 0
  const batches = new Set(rows.map(({ batch }) => batch))
  const beside = await oldest(transaction).where('id', '>', end.id).limit(besideMax).execute()
  const ids = [...rows, ...beside].filter(({ batch }) => batches.has(batch)).map(({ id }) => id)
  await dropAnswers(transaction, ids)
  return ids.length
}

function oldest(transaction: Transaction<ReviewTables>) {
  return transaction.selectFrom('plain_answer').select(['id', 'batch']).orderBy('id')
}

async function dropAnswers(
  transaction: Transaction<ReviewTables>,
  ids: readonly Id<'case'>[],
): Promise<void> {
  await transaction.deleteFrom('feedback').where('case_id', 'in', ids).execute()
  await transaction.deleteFrom('plain_answer').where('id', 'in', ids).execute()
}
