import type { CheckedPage } from '@consort/agreements'
import { type Digest, digestOfDocument, idSchema, usagePageSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { NodeReader } from '../tables/node-tables.ts'

const pages = jsonColumn('checked_usage_page.page', usagePageSchema)
const idLists = jsonColumn('checked_usage_page.ids', z.array(idSchema('usage')).readonly())

/** Finds a page that this node has checked. */
export async function findChecked(database: NodeReader, digest: Digest): Promise<CheckedPage | undefined> {
  const row = await database
    .selectFrom('checked_usage_page')
    .select(['page', 'ids'])
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row && { page: pages.read(row.page), ids: idLists.read(row.ids) }
}

/** Keeps what was checked of a page, so that it need not be fetched again. */
export async function keepChecked(database: NodeReader, { page, ids }: CheckedPage): Promise<void> {
  await database
    .insertInto('checked_usage_page')
    .values({
      digest: digestOfDocument(page),
      month: page.month,
      page: pages.write(page),
      ids: idLists.write(ids),
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Forgets the pages of all other months. */
export async function forgetOtherMonths(database: NodeReader, month: string): Promise<void> {
  await database.deleteFrom('checked_usage_page').where('month', '!=', month).execute()
}
