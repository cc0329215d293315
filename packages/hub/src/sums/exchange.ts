import { type Aggregator, deliveryTo, digestOfContext, keyListOf } from '@consort/privacy'
import { canonicalJson, type HubMessage, type MemberMessage, Refusal } from '@consort/protocol'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import { type Attempt, findMessage, insertMessage, readAttempt } from './attempt-store.ts'
import { withMessage } from './stage.ts'

/** Gives what follows a member's own last message; nothing until all others have sent theirs, or time is up. */
export function messageFor(
  state: Aggregator,
  { after, name }: { after: MemberMessage['kind']; name: string },
): HubMessage | undefined {
  if (state.stage === 'collecting-shares' && after === 'advertisement') return keyListOf(state)
  if (state.stage === 'collecting-inputs' && after === 'dealt-shares') return deliveryTo(name, state)
  if (state.stage === 'collecting-signatures' && after === 'masked-input') return state.list
  if (state.stage === 'collecting-openings' && after === 'survivor-signature') return state.proof
  return undefined
}

/**
 * Returns true when this very message of a member was taken before. Throws the refusal of a message that is not the
 * member's own or belongs to another attempt, and `state-conflict` for a second one of its kind.
 */
export async function isKnown(
  database: HubDatabase,
  attempt: Attempt,
  message: MemberMessage,
  name: string,
): Promise<boolean> {
  if (message.member !== name) throw new Refusal('not-allowed', `The message is signed for ${message.member}`)
  if (message.context !== digestOfContext(attempt.state.context)) {
    throw new Refusal(
      'digest-mismatch',
      'The message belongs to another round or attempt, or to other terms of it',
    )
  }
  const kept = await findMessage(database, attempt, message)
  if (!kept) return false
  if (canonicalJson(kept) === canonicalJson(message)) return true
  throw new Refusal(
    'state-conflict',
    `Another message of the kind ${message.kind} was taken from ${message.member}`,
  )
}

/**
 * Receives a message into the stage as it is in this transaction, beside whatever has come at the same time. Throws the
 * refusal of a bad one, and `state-conflict` when the stage collects others.
 */
export async function keepMessage(
  transaction: HubTransaction,
  { run, round, attempt }: Attempt,
  message: MemberMessage,
): Promise<void> {
  const current = await readAttempt(transaction, run, round)
  if (current.attempt !== attempt)
    throw new Refusal('state-conflict', 'Another attempt at this sum has begun')
  withMessage(current.state, message)
  await insertMessage(transaction, current, message)
}
