import type { Transaction } from 'kysely'
import type { ReviewReader, ReviewTables } from './tables.ts'

/** What a caller said of an answer. */
export interface Feedback {
  readonly case: string
  readonly saidBy: string
  readonly verdict: 'right' | 'wrong'
  /** What would have been right, as far as the caller says. */
  readonly label: string | null
  readonly at: string
}

/** The latest word of this caller about this case. */
export async function feedbackOn(
  database: ReviewReader,
  { case: id, saidBy }: Pick<Feedback, 'case' | 'saidBy'>,
): Promise<Feedback | undefined> {
  const row = await database
    .selectFrom('feedback')
    .selectAll()
    .where('case_id', '=', id)
    .where('said_by', '=', saidBy)
    .executeTakeFirst()
  return (
    row && { case: id, saidBy, verdict: row.verdict as Feedback['verdict'], label: row.label, at: row.at }
  )
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
