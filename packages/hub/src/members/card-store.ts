import { type DataCard, type Id, type SignedDataCard, signedDataCardSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const cards = jsonColumn('data_card.signed', signedDataCardSchema, { kept: 500 })

/** Finds a card, current or not. */
export async function findCard(database: HubDatabase, id: Id<'card'>): Promise<SignedDataCard | undefined> {
  const row = await database.selectFrom('data_card').select('signed').where('id', '=', id).executeTakeFirst()
  return row && cards.read(row.signed)
}

/** Gives each of these cards by its id. */
export async function cardsById(
  database: HubDatabase,
  ids: readonly Id<'card'>[],
): Promise<ReadonlyMap<Id<'card'>, SignedDataCard>> {
  const distinct = [...new Set(ids)]
  if (distinct.length === 0) return new Map()
  const rows = await database
    .selectFrom('data_card')
    .select(['id', 'signed'])
    .where('id', 'in', distinct)
    .execute()
  return new Map(rows.map(({ id, signed }) => [id, cards.read(signed)]))
}

/** Lists the current cards, of one data set where one is named. */
export async function currentCards(database: HubDatabase, dataset?: string): Promise<DataCard[]> {
  const current = database.selectFrom('data_card').select('signed').where('current', '=', 1)
  const rows = await (dataset === undefined ? current : current.where('dataset', '=', dataset)).execute()
  return rows.map(({ signed }) => cards.read(signed).document)
}

/** Keeps a new card, which takes the place of the member's last one for the data set. */
export async function insertCard(
  transaction: HubTransaction,
  signed: SignedDataCard,
  published: Date,
): Promise<void> {
  const { id, member, dataset } = signed.document
  await transaction
    .updateTable('data_card')
    .set({ current: 0 })
    .where('member', '=', member)
    .where('dataset', '=', dataset)
    .execute()
  const row = { id, member, dataset, signed: cards.write(signed), current: 1 } as const
  await transaction
    .insertInto('data_card')
    .values({ ...row, published: published.toISOString() })
    .execute()
}
