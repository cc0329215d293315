import { canonicalJson, type Digest, type Id } from '@consort/protocol'

/** What both ends know of a message without opening it. It opens only where all of it is the same. */
export interface MessageBinding {
  readonly kind: 'question' | 'answer'
  /** In force when it was sealed. */
  readonly agreement: Digest
  readonly consultation: Id<'consultation'>
  readonly from: Id<'member'>
  readonly to: Id<'member'>
  /** Of the sealed question that is answered; null in a question. */
  readonly question: Digest | null
}

export function associatedData(binding: MessageBinding): Uint8Array {
  return Buffer.from(`consort-consultation\n${canonicalJson(binding)}`)
}
