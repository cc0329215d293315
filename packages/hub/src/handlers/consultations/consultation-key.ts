import {
  documentSignatureHolds,
  type hubEndpoints,
  Refusal,
  type SignedConsultationKey,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { Kysely } from 'kysely'
import type { HubCallers, HubContext } from '../../context.ts'
import type { HubTables } from '../../tables.ts'

export function putConsultationKey({
  database,
}: HubContext): Handler<typeof hubEndpoints.putConsultationKey, HubCallers> {
  return async ({ body, caller }) => {
    const { id, key } = caller
    const { document, signatures } = body
    const signature = signatures.find(entry => entry.key === key)
    if (document.member !== id || !signature || !documentSignatureHolds(document, signature)) {
      throw new Refusal(
        'signature-invalid',
        'The key for consultations is not signed by the member that shows it',
      )
    }
    const signed = JSON.stringify({ document, signatures: [signature] } satisfies SignedConsultationKey)
    await database
      .insertInto('consultation_key')
      .values({ member: id, signed })
      .onConflict(conflict => conflict.column('member').doUpdateSet({ signed }))
      .execute()
  }
}

export function getConsultationKey({
  database,
}: HubContext): Handler<typeof hubEndpoints.getConsultationKey, HubCallers> {
  return async ({ params: { member } }) => {
    const signed = await shownKey(database, member)
    if (signed) return signed
    throw new Refusal('not-found', `The member ${member} has shown no key for consultations`, {
      hint: 'Its node shows one when its policy lets it be consulted.',
    })
  }
}

/** What a member has shown; hubs pass it on, and are not believed. */
export async function shownKey(
  database: Kysely<HubTables>,
  member: string,
): Promise<SignedConsultationKey | undefined> {
  const row = await database
    .selectFrom('consultation_key')
    .select('signed')
    .where('member', '=', member)
    .executeTakeFirst()
  return row && (JSON.parse(row.signed) as SignedConsultationKey)
}
