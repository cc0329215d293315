import { type Digest, digestOfDocument, Refusal, type UsagePage, usagePageSchema } from '@consort/protocol'
import { type ExpectedBlob, jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import type { SettledMonth } from './usage-store.ts'

const pages = jsonColumn('usage_page.page', usagePageSchema)

/** Keeps a sealed page. Nothing changes what it says. */
export async function insertPage(transaction: HubTransaction, page: UsagePage): Promise<void> {
  const { agreement, month, number, count } = page
  await transaction
    .insertInto('usage_page')
    .values({
      ...{ digest: digestOfDocument(page), agreement, month, number, count, page: pages.write(page) },
      ...{ file: null, file_bytes: null, emptied: 0 },
    })
    .execute()
}

/** Lists the pages of a month in the order of their numbers. */
export async function pagesOfMonth(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<UsagePage[]> {
  const rows = await database
    .selectFrom('usage_page')
    .select('page')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .orderBy('number')
    .execute()
  return rows.map(({ page }) => pages.read(page))
}

/** Finds how many pages a month has, and how many events are on them. */
export async function countSealed(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<{ pages: number; events: number }> {
  const row = await database
    .selectFrom('usage_page')
    .select(({ fn }) => [fn.countAll<number>().as('pages'), fn.sum<number | null>('count').as('events')])
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .executeTakeFirstOrThrow()
  return { pages: Number(row.pages), events: Number(row.events) }
}

/** Reads a page by its digest. Throws `not-found`. */
export async function readPage(database: HubDatabase, digest: Digest): Promise<UsagePage> {
  const row = await database
    .selectFrom('usage_page')
    .select('page')
    .where('digest', '=', digest)
    .executeTakeFirst()
  if (row) return pages.read(row.page)
  throw new Refusal('not-found', `There is no page of usage events ${digest}`, {
    hint: 'A statement that the hub proposes names its pages.',
  })
}

/** A page of which rows are left, and its file if that was written. */
export interface KeptPage {
  readonly digest: Digest
  readonly page: UsagePage
  readonly file: Digest | null
}

/** Lists the months before one that have pages with rows left. */
export async function monthsWithFullPages(database: HubDatabase, end: string): Promise<SettledMonth[]> {
  return await database
    .selectFrom('usage_page')
    .select(['agreement', 'month'])
    .distinct()
    .where('emptied', '=', 0)
    .where('month', '<', end)
    .orderBy('month')
    .orderBy('agreement')
    .execute()
}

/** Lists the pages of a month that have rows left, in the order of their numbers. */
export async function fullPages(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<KeptPage[]> {
  const rows = await database
    .selectFrom('usage_page')
    .select(['digest', 'page', 'file'])
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('emptied', '=', 0)
    .orderBy('number')
    .execute()
  return rows.map(({ digest, page, file }) => ({ digest, page: pages.read(page), file }))
}

/** Notes the file of a page, which is on disk: from now on its rows may go. */
export async function noteFile(database: HubDatabase, page: Digest, file: ExpectedBlob): Promise<void> {
  await database
    .updateTable('usage_page')
    .set({ file: file.digest, file_bytes: file.bytes })
    .where('digest', '=', page)
    .execute()
}

/** Notes that the last row of a page went. */
export async function noteEmptied(transaction: HubTransaction, page: Digest): Promise<void> {
  await transaction.updateTable('usage_page').set({ emptied: 1 }).where('digest', '=', page).execute()
}

/** The file of a page; null where there is none. */
export async function fileOfPage(database: HubDatabase, page: Digest): Promise<Digest | null> {
  const row = await database
    .selectFrom('usage_page')
    .select('file')
    .where('digest', '=', page)
    .executeTakeFirst()
  return row?.file ?? null
}

/** A page whose events lie in a file. */
export interface ArchivedPage {
  readonly page: UsagePage
  readonly file: Digest
}

/** Lists the pages of a month whose events lie in files. */
export async function archivedPages(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<ArchivedPage[]> {
  const rows = await database
    .selectFrom('usage_page')
    .select(['page', 'file'])
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('file', 'is not', null)
    .orderBy('number')
    .execute()
  return rows.flatMap(({ page, file }) => (file === null ? [] : [{ page: pages.read(page), file }]))
}

/** Returns true for a month of which a page was archived: it is settled, and takes no more events. */
export async function isArchived(
  database: HubDatabase,
  { agreement, month }: SettledMonth,
): Promise<boolean> {
  const row = await database
    .selectFrom('usage_page')
    .select('number')
    .where('agreement', '=', agreement)
    .where('month', '=', month)
    .where('file', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Lists the pages of a month and later ones of which no row is left. */
export async function archivedSince(database: HubDatabase, month: string): Promise<UsagePage[]> {
  const rows = await database
    .selectFrom('usage_page')
    .select('page')
    .where('emptied', '=', 1)
    .where('month', '>=', month)
    .execute()
  return rows.map(({ page }) => pages.read(page))
}
