import {
  type Digest,
  type Id,
  type SignedUsage,
  signedUsageSchema,
  type Usage,
  usagePerPage,
} from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const usages = jsonColumn('usage.signed', signedUsageSchema)

/** What one statement is about: a month under an agreement. */
export interface SettledMonth {
  readonly agreement: Digest
  readonly month: string
}

/** The number of those events that are on no page yet. */
const unsealed = 0

/** Finds a usage event. */
export async function findUsage(database: HubDatabase, id: Id<'usage'>): Promise<SignedUsage | undefined> {
  const row = await database.selectFrom('usage').select('signed').where('id', '=', id).executeTakeFirst()
  return row && usages.read(row.signed)
}

/** Finds those of some usage events that are kept as rows. */
export async function findUsages(database: HubDatabase, ids: readonly Id<'usage'>[]): Promise<SignedUsage[]> {
  if (ids.length === 0) return []
  const rows = await database.selectFrom('usage').select('signed').where('id', 'in', ids).execute()
  return rows.map(({ signed }) => usages.read(signed))
}

/** The month in which an answer was given. Times are ISO 8601 in UTC. */
export function monthOf({ at }: Pick<Usage, 'at'>): string {
  return at.slice(0, 'yyyy-mm'.length)
}

/** Keeps a usage event under the month in which the answer was given. */
export async function insertUsage(transaction: HubTransaction, signed: SignedUsage): Promise<void> {
  const { id, member, version, agreement } = signed.document
  const month = monthOf(signed.document)
  await transaction
    .insertInto('usage')
    .values({ id, member, version, agreement, month, page: unsealed, signed: usages.write(signed) })
    .execute()
}

/** Lists all usage events of a month in the order of their ids: what a statement of the first edition counts. */
export async function usageOfMonth(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<SignedUsage[]> {
  const rows = await database
    .selectFrom('usage')
    .select('signed')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .orderBy('id')
    .execute()
  return rows.map(({ signed }) => usages.read(signed))
}

/** Lists the events of a page in the order of their ids. */
export async function usageOfPage(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
  page: number,
): Promise<SignedUsage[]> {
  const rows = await database
    .selectFrom('usage')
    .select('signed')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('page', '=', page)
    .orderBy('id')
    .limit(usagePerPage)
    .execute()
  return rows.map(({ signed }) => usages.read(signed))
}

/** Lists as many events as a page takes of those that are on none, in the order of their ids. */
export async function unsealedUsage(database: HubDatabase, of: SettledMonth): Promise<SignedUsage[]> {
  return await usageOfPage(database, of, unsealed)
}

/** Counts the events that are on no page. */
export async function countUnsealed(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<number> {
  const { count } = await database
    .selectFrom('usage')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('page', '=', unsealed)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Puts what `unsealedUsage` has just listed on a page: in the same transaction, so that it is the same. */
export async function putOnPage(
  transaction: HubTransaction,
  { agreement, month }: SettledMonth,
  { number, last }: { readonly number: number; readonly last: Id<'usage'> },
): Promise<void> {
  await transaction
    .updateTable('usage')
    .set({ page: number })
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('page', '=', unsealed)
    .where('id', '<=', last)
    .execute()
}

/** Deletes up to `limit` rows of a page whose file was noted, and says how many went. */
export async function dropFromPage(
  transaction: HubTransaction,
  { agreement, month, number }: SettledMonth & { readonly number: number },
  limit: number,
): Promise<number> {
  const rows = await transaction
    .selectFrom('usage')
    .select('id')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('page', '=', number)
    .orderBy('id')
    .limit(limit)
    .execute()
  const ids = rows.map(({ id }) => id)
  if (ids.length > 0) await transaction.deleteFrom('usage').where('id', 'in', ids).execute()
  return ids.length
}

/** Returns true when a row says that an answer was given with a version in a month or a later one. */
export async function isUsedFrom(
  database: HubDatabase,
  version: Id<'version'>,
  month: string,
): Promise<boolean> {
  const row = await database
    .selectFrom('usage')
    .select('id')
    .where('version', '=', version)
    .where('month', '>=', month)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
