import { Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { findConsultationKey, keepConsultationKey } from '../../consultations/key-store.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { ConsultationContext } from './context.ts'

/** Keeps the key with which the calling member opens consultations. */
export function putConsultationKey({
  database,
}: Pick<ConsultationContext, 'database'>): HubHandler<'putConsultationKey'> {
  return async ({ body, caller }) => {
    const signature = checkOwnDocument(
      body,
      caller,
      'The key for consultations is not signed by the member that shows it',
    )
    await keepConsultationKey(database, { document: body.document, signatures: [signature] })
  }
}

/** Shows a member's key for consultations. */
export function getConsultationKey({
  database,
}: Pick<ConsultationContext, 'database'>): HubHandler<'getConsultationKey'> {
  return async ({ params: { member } }) => {
    const signed = await findConsultationKey(database, member)
    if (signed) return signed
    throw new Refusal('not-found', `The member ${member} has shown no key for consultations`, {
      hint: 'Its node shows one when its policy lets it be consulted.',
    })
  }
}
