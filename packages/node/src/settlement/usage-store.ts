import { type Id, type SignedUsage, signedUsageSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const signedUsages = jsonColumn('usage.signed', signedUsageSchema)

/** What became of telling the hub, as the column `told` keeps it. */
const stored = { waiting: 0, told: 1, refused: 2 } as const

/** Keeps answers that were metered; the hub is still to be told. */
export async function keepUsage(
  transaction: Transaction<NodeTables>,
  events: readonly SignedUsage[],
): Promise<void> {
  const rows = events.map(event => ({
    id: event.document.id,
    month: event.document.at.slice(0, 'yyyy-mm'.length),
    signed: signedUsages.write(event),
    told: stored.waiting,
  }))
  await transaction.insertInto('usage').values(rows).execute()
}

/** Up to `limit` answers that the hub is still to be told. */
export async function waitingUsage(database: NodeReader, limit: number): Promise<SignedUsage[]> {
  const rows = await database
    .selectFrom('usage')
    .select('signed')
    .where('told', '=', stored.waiting)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ signed }) => signedUsages.read(signed))
}

/** How many acknowledged answers are read at once. */
const toldAtOnce = 1000

/** Some of what the hub has acknowledged of a month: the first ones whose ids come after `after`, in their order. */
export async function toldUsage(
  database: NodeReader,
  month: string,
  after?: Id<'usage'>,
): Promise<SignedUsage[]> {
  let query = database
    .selectFrom('usage')
    .select('signed')
    .where('month', '=', month)
    .where('told', '=', stored.told)
  if (after !== undefined) query = query.where('id', '>', after)
  const rows = await query.orderBy('id').limit(toldAtOnce).execute()
  return rows.map(({ signed }) => signedUsages.read(signed))
}

/** Notes that the hub has acknowledged or refused answers. */
export async function markUsage(
  database: Kysely<NodeTables>,
  events: readonly SignedUsage[],
  state: 'told' | 'refused',
): Promise<void> {
  const ids = events.map(({ document }) => document.id)
  await database.updateTable('usage').set({ told: stored[state] }).where('id', 'in', ids).execute()
}
