import type { Digest } from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

/** A month under an agreement. */
interface SignedMonth {
  readonly agreement: Digest
  readonly month: string
}

/** How many of this node's answers the statements counted that it signed of a month: the most of them. */
export async function answersSigned(
  database: NodeReader,
  { agreement, month }: SignedMonth,
): Promise<number> {
  const row = await database
    .selectFrom('signed_month')
    .select('answers')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .executeTakeFirst()
  return row?.answers ?? 0
}

/** Notes that a statement is signed which counts so many of this node's answers, and no fewer than those before. */
export async function keepSigned(
  transaction: Transaction<NodeTables>,
  { agreement, month }: SignedMonth,
  answers: number,
): Promise<void> {
  await transaction
    .insertInto('signed_month')
    .values({ agreement, month, answers })
    .onConflict(conflict => conflict.columns(['agreement', 'month']).doUpdateSet({ answers }))
    .execute()
}
