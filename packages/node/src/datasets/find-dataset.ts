import { type Id, Refusal } from '@consort/protocol'
import type { NodeReader } from '../tables/node-tables.ts'
import { findByCard, findCurrent, type RegisteredDataset } from './dataset-store.ts'

/** The data set that is registered under a name now; undefined where none is. */
export async function currentDataset(
  { database }: { readonly database: NodeReader },
  dataset: string,
): Promise<RegisteredDataset | undefined> {
  return await findCurrent(database, dataset)
}

/** The data set that a card was made for. Throws `not-found` for a card that this node has never signed. */
export async function registeredDataset(
  { database }: { readonly database: NodeReader },
  card: Id<'card'>,
): Promise<RegisteredDataset> {
  const known = await findByCard(database, card)
  if (known) return known
  throw new Refusal('not-found', `The data card ${card} is not this node's`, {
    hint: 'Register the data set again.',
  })
}
