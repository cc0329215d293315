import {
  type ConsultationKey,
  documentSignatureHolds,
  Refusal,
  type RosterMember,
  type SignedConsultationKey,
} from '@consort/protocol'

/**
 * A member's key for consultations, if the key that the countersigned roster names for it has signed it: whatever the
 * hub shows instead is refused. Throws `roster-altered`.
 */
export function checkedKey(
  { document, signatures }: SignedConsultationKey,
  member: RosterMember,
): ConsultationKey['key'] {
  const signature = signatures.find(({ key }) => key === member.key)
  const holds = signature !== undefined && documentSignatureHolds(document, signature)
  if (holds && document.member === member.id) return document.key
  throw new Refusal('roster-altered', `The hub shows a key that ${member.name} has not signed`, {
    hint: 'Nothing was sent. Ask the hub’s operator, and that partner by telephone.',
  })
}
