import type { Id } from '@consort/protocol'
import { rowsAtOnce } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

/**
 * Deletes cards that were published before a moment, have been replaced since and are named by none of `namedCards`,
 * with their statistics: the lineage of every version stays whole.
 */
export async function* sweepCards(
  database: HubDatabase,
  before: Date,
  namedCards: (transaction: HubTransaction, ids: readonly Card[]) => Promise<ReadonlySet<Card>>,
): AsyncGenerator<number, void> {
  for (let after = ''; ; ) {
    const { last, gone } = await database.transaction().execute(async transaction => {
      const rows = await transaction
        .selectFrom('data_card')
        .select(['id', 'published'])
        .where('current', '=', 0)
        .where('published', '<', before.toISOString())
        .where('published', '>', after)
        .orderBy('published')
        .limit(rowsAtOnce)
        .execute()
      const named = await namedCards(
        transaction,
        rows.map(({ id }) => id),
      )
      const ids = rows.map(({ id }) => id).filter(id => !named.has(id))
      if (ids.length > 0) {
        await transaction.deleteFrom('field_statistics').where('card', 'in', ids).execute()
        await transaction.deleteFrom('data_card').where('id', 'in', ids).execute()
      }
      return { last: rows.at(-1)?.published, gone: ids.length }
    })
    if (last === undefined) return
    yield gone
    after = last
  }
}

type Card = Id<'card'>
