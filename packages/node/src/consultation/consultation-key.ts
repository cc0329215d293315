import { consultationKeys } from '@consort/privacy'
import {
  type ConsultationKey,
  documentSignatureHolds,
  type Entropy,
  hubEndpoints,
  Refusal,
  type RosterMember,
  type SignedConsultationKey,
  signDocument,
} from '@consort/protocol'
import { type FileSystem, writeDurably } from '@consort/storage'
import type { NodeContext } from '../context.ts'

/** The keys that follow from the 32 bytes of a file, which is made where there is none. */
export async function openConsultationKeys(files: FileSystem, path: string, entropy: Entropy) {
  if ((await files.size(path)) === undefined) await writeDurably(files, path, entropy.bytes(32))
  const secret = await files.read(path)
  if (secret.length === 32) return await consultationKeys(secret)
  throw new Refusal('input-invalid', `${path} is not a key for consultations`, {
    hint: 'Restore it from a backup, or remove it: the node then makes another.',
  })
}

/** Signs a key for consultations with the node's own, and gives it to the hub to pass on. */
export async function showConsultationKey(
  { call, enrolment, key }: Pick<NodeContext, 'call' | 'enrolment' | 'key'>,
  publicKey: string,
): Promise<void> {
  const document: ConsultationKey = {
    kind: 'consultation-key',
    member: enrolment.member,
    key: publicKey,
  }
  await call(hubEndpoints.putConsultationKey, {
    body: { document, signatures: [signDocument(document, key)] },
  })
}

/**
 * A member's key for consultations, if the key that the countersigned roster names for it has signed it: whatever the hub
 * shows instead is refused. Throws `roster-altered`.
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
