import type { MessageBinding } from '@consort/privacy'
import { type Digest, digestOfBytes, type Id } from '@consort/protocol'
import type { Question } from './question-store.ts'

/** What a question that this node asks is bound to. */
export function questionBinding(
  from: Id<'member'>,
  { id, agreement, to }: { id: Id<'consultation'>; agreement: Digest; to: Id<'member'> },
): MessageBinding {
  return { kind: 'question', agreement, consultation: id, from, to, question: null }
}

/** What its answer is bound to: the sealed question too, so that no other case's answer passes for it. */
export function answerBinding(
  to: Id<'member'>,
  { id, agreement, sealed }: Question,
  from: Id<'member'>,
): MessageBinding {
  return {
    kind: 'answer',
    agreement,
    consultation: id,
    from,
    to,
    question: digestOfBytes(Buffer.from(sealed, 'base64url')),
  }
}
