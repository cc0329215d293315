import { type Digest, digestOfDocument, Refusal, type UsagePage, usagePageSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import type { SettledMonth } from './usage-store.ts'

const pages = jsonColumn('usage_page.page', usagePageSchema)

/** Keeps a sealed page. Nothing changes it afterwards. */
export async function insertPage(transaction: HubTransaction, page: UsagePage): Promise<void> {
  const { agreement, month, number, count } = page
  await transaction
    .insertInto('usage_page')
    .values({ digest: digestOfDocument(page), agreement, month, number, count, page: pages.write(page) })
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
