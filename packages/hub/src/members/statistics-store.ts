import {
  type FieldStatistics,
  type Id,
  type SignedFieldStatistics,
  signedFieldStatisticsSchema,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const statistics = jsonColumn('field_statistics.signed', signedFieldStatisticsSchema)

/** Keeps what a member published about the fields of a card; the first word on a card stays. */
export async function keepStatistics(
  transaction: HubTransaction,
  signed: SignedFieldStatistics,
): Promise<void> {
  await transaction
    .insertInto('field_statistics')
    .values({ card: signed.document.card, signed: statistics.write(signed) })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Lists what was published about these cards. */
export async function statisticsOfCards(
  database: HubDatabase,
  cards: readonly Id<'card'>[],
): Promise<FieldStatistics[]> {
  if (cards.length === 0) return []
  const rows = await database
    .selectFrom('field_statistics')
    .select('signed')
    .where('card', 'in', [...cards])
    .execute()
  return rows.map(({ signed }) => statistics.read(signed).document)
}
