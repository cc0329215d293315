import { type Id, type SignedConsultationKey, signedConsultationKeySchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'

const keys = jsonColumn('consultation_key.signed', signedConsultationKeySchema)

/** Finds the key that a member has shown. The hub passes it on, and nobody has to believe the hub. */
export async function findConsultationKey(
  database: HubDatabase,
  member: Id<'member'>,
): Promise<SignedConsultationKey | undefined> {
  const row = await database
    .selectFrom('consultation_key')
    .select('signed')
    .where('member', '=', member)
    .executeTakeFirst()
  return row && keys.read(row.signed)
}

/** Keeps a key in place of the one that the member has shown before. */
export async function keepConsultationKey(database: HubDatabase, key: SignedConsultationKey): Promise<void> {
  const { member } = key.document
  const signed = keys.write(key)
  await database
    .insertInto('consultation_key')
    .values({ member, signed })
    .onConflict(conflict => conflict.column('member').doUpdateSet({ signed }))
    .execute()
}
