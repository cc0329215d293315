import { type Id, type SignedUsage, signedUsageSchema } from '@consort/protocol'
import { jsonColumn, rowsAtOnce } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'

const signedUsages = jsonColumn('usage.signed', signedUsageSchema)

/** What became of telling the hub, as the column `told` keeps it. */
const stored = { waiting: 0, told: 1, refused: 2, counted: 3 } as const

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

/**
 * Some of what the hub has acknowledged of a month, counted by a statement or not: the first ones whose ids come after
 * `after`, in their order.
 */
export async function toldUsage(
  database: NodeReader,
  month: string,
  after?: Id<'usage'>,
): Promise<SignedUsage[]> {
  let query = database
    .selectFrom('usage')
    .select('signed')
    .where('month', '=', month)
    .where('told', 'in', [stored.told, stored.counted])
  if (after !== undefined) query = query.where('id', '>', after)
  const rows = await query.orderBy('id').limit(toldAtOnce).execute()
  return rows.map(({ signed }) => signedUsages.read(signed))
}

/** Notes what became of answers: the hub has acknowledged or refused them, or this node signs a statement with them. */
export async function markUsage(
  database: Kysely<NodeTables>,
  events: readonly SignedUsage[],
  state: 'told' | 'refused' | 'counted',
): Promise<void> {
  const ids = events.map(({ document }) => document.id)
  await database.updateTable('usage').set({ told: stored[state] }).where('id', 'in', ids).execute()
}

/** The first month after another that has answers; undefined for none. */
export async function oldestMonth(database: NodeReader, after = ''): Promise<string | undefined> {
  const row = await database
    .selectFrom('usage')
    .select('month')
    .where('month', '>', after)
    .orderBy('month')
    .limit(1)
    .executeTakeFirst()
  return row?.month
}

/** An answer that the hub was told of, or refused. */
export interface SettledUsage {
  readonly event: SignedUsage
  /** In a statement that this node signed, or refused by the hub: no later statement has it. */
  readonly isDone: boolean
  readonly isRefused: boolean
}

/** Some answers of a month of which the hub was told, or that it refused, by their ids, after one of them. */
export async function settledPage(
  database: NodeReader,
  { month, after }: { readonly month: string; readonly after: Id<'usage'> | undefined },
): Promise<SettledUsage[]> {
  let query = database
    .selectFrom('usage')
    .select(['signed', 'told'])
    .where('month', '=', month)
    .where('told', '!=', stored.waiting)
    .orderBy('id')
    .limit(rowsAtOnce)
  if (after !== undefined) query = query.where('id', '>', after)
  const rows = await query.execute()
  return rows.map(({ signed, told }) => ({
    event: signedUsages.read(signed),
    isDone: told > stored.told,
    isRefused: told === stored.refused,
  }))
}

/** Deletes answers that are settled. */
export async function dropUsage(database: Kysely<NodeTables>, ids: readonly Id<'usage'>[]): Promise<void> {
  if (ids.length > 0) await database.deleteFrom('usage').where('id', 'in', ids).execute()
}
