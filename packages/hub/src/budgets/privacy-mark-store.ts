import { type Id, type SignedPrivacyMark, signedPrivacyMarkSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

const marks = jsonColumn('privacy_mark.signed', signedPrivacyMarkSchema)

/** Finds the last mark of a member's privacy ledger that the hub signed; null before the first. */
export async function findMark(
  database: HubDatabase,
  member: Id<'member'>,
): Promise<SignedPrivacyMark | null> {
  const row = await database
    .selectFrom('privacy_mark')
    .select('signed')
    .where('member', '=', member)
    .executeTakeFirst()
  return row ? marks.read(row.signed) : null
}

/** Keeps a mark in place of the member's last one. */
export async function keepMark(transaction: HubTransaction, signed: SignedPrivacyMark): Promise<void> {
  const { member, counter } = signed.document
  const columns = { counter, signed: marks.write(signed) }
  await transaction
    .insertInto('privacy_mark')
    .values({ member, ...columns })
    .onConflict(conflict => conflict.column('member').doUpdateSet(columns))
    .execute()
}
