import { Refusal } from '@consort/protocol'
import type { NodeContext } from '../context.ts'
import type { DatasetRow } from '../tables/node-tables.ts'
export async function currentDataset({ database }: NodeContext, dataset: string) {
  return await database
    .selectFrom('dataset')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('current', '=', 1)
    .executeTakeFirst()
}

/** Throws `not-found` for a card that this node has never signed. */
export async function registeredRow({ database }: NodeContext, card: string): Promise<DatasetRow> {
  const row = await database.selectFrom('dataset').selectAll().where('id', '=', card).executeTakeFirst()
  if (row) return row
  throw new Refusal('not-found', `The data card ${card} is not this node's`, {
    hint: 'Register the data set again.',
  })
}
