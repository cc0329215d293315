import { type Id, type SignedUsage, signedUsageSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const usages = jsonColumn('usage.signed', signedUsageSchema)

/** Finds a usage event. */
export async function findUsage(database: HubDatabase, id: Id<'usage'>): Promise<SignedUsage | undefined> {
  const row = await database.selectFrom('usage').select('signed').where('id', '=', id).executeTakeFirst()
  return row && usages.read(row.signed)
}

/** Keeps a usage event under the month in which the answer was given. */
export async function insertUsage(transaction: HubTransaction, signed: SignedUsage): Promise<void> {
  const { id, member, version, at } = signed.document
  const month = at.slice(0, 'yyyy-mm'.length)
  await transaction
    .insertInto('usage')
    .values({ id, member, version, month, signed: usages.write(signed) })
    .execute()
}

/** Lists the usage events of a month in the order of their ids. */
export async function usageOfMonth(database: HubDatabase, month: string): Promise<SignedUsage[]> {
  const rows = await database
    .selectFrom('usage')
    .select('signed')
    .where('month', '=', month)
    .orderBy('id')
    .execute()
  return rows.map(({ signed }) => usages.read(signed))
}
