import { digestOfBytes, type Id, Refusal } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import {
  countAskedBy,
  deleteExpired,
  findConsultation,
  insertConsultation,
} from '../../consultations/consultation-store.ts'
import { findConsultationKey } from '../../consultations/key-store.ts'
import { findMember } from '../../members/member-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import type { ConsultationContext } from './context.ts'

/** In flight of one asker at a time: at most 25 MiB of the largest size. */
const openMax = 100

/** Takes a sealed question to another member. */
export function sendConsultation({
  database,
  now,
  waiting,
}: ConsultationContext): HubHandler<'sendConsultation'> {
  return async ({ body: { id, to, sealed, withinSeconds }, caller: { id: from } }) => {
    const at = now()
    const digest = digestOfBytes(Buffer.from(sealed))
    await database.transaction().execute(async transaction => {
      await deleteExpired(transaction, at)
      const known = await findConsultation(transaction, id)
      if (known?.asker === from && known.digest === digest) return
      if (known) throw new Refusal('state-conflict', `The consultation ${id} was sent with another content`)
      await checkCanBeSent(transaction, { from, to })
      const expires = at.getTime() + withinSeconds * 1000
      await insertConsultation(transaction, { id, asker: from, answerer: to, digest, sealed, expires })
    })
    waiting.announce(`consultations ${to}`)
  }
}

async function checkCanBeSent(
  transaction: HubTransaction,
  { from, to }: { from: Id<'member'>; to: Id<'member'> },
): Promise<void> {
  if (!(await findConsultationKey(transaction, from))) {
    throw new Refusal('state-conflict', 'Who asks shows a key for consultations first', {
      hint: 'PUT /v1/consultation-key.',
    })
  }
  if (to === from || !(await findMember(transaction, { id: to })))
    throw new Refusal('not-found', `There is no other member ${to}`)
  if ((await countAskedBy(transaction, from)) < openMax) return
  throw new Refusal('rate-limited', `${openMax} consultations of this member are in flight`, {
    hint: 'Close those that are answered or given up.',
    retryAfterSeconds: 1,
  })
}
