import type { Transaction } from 'kysely'
import type { Feedback } from '../case-file.ts'
import type { ReviewReader, ReviewTables } from '../tables.ts'

/** The latest word of this caller about this case. */
export async function feedbackOn(
  database: ReviewReader,
  { case: id, saidBy }: Pick<Feedback, 'case' | 'saidBy'>,
): Promise<Feedback | undefined> {
  const row = await database
    .selectFrom('feedback')
    .select(['verdict', 'label', 'at'])
    .where('case_id', '=', id)
    .where('said_by', '=', saidBy)
    .executeTakeFirst()
  return row && { case: id, saidBy, verdict: row.verdict, label: row.label, at: row.at }
}

/** Takes the place of what the same caller said of the case before. */
export async function keepFeedback(
  transaction: Transaction<ReviewTables>,
  { case: id, saidBy, ...said }: Feedback,
): Promise<void> {
  await transaction
    .insertInto('feedback')
    .values({ case_id: id, said_by: saidBy, ...said })
    .onConflict(conflict => conflict.columns(['case_id', 'said_by']).doUpdateSet(said))
    .execute()
}
