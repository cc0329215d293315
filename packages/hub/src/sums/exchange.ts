import { type Aggregator, deliveryTo, digestOfContext, keyListOf } from '@consort/privacy'
import { canonicalJson, type HubMessage, type MemberMessage, Refusal } from '@consort/protocol'
import type { HubContext, HubTransaction } from '../context.ts'
import { type Attempt, readAttempt, withMessage } from './attempt.ts'

/** What follows a member's own last message; nothing until all others have sent theirs, or time is up. */
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
 * Whether this very message of a member was taken before. Throws the refusal of a message that is not the member's own or
 * belongs to another attempt, and `state-conflict` for a second one of its kind.
 */
export async function isKnown(
  context: HubContext,
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
  return await isKept(context, attempt, message)
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
  const present = await readAttempt(transaction, run, round)
  if (present.attempt !== attempt)
    throw new Refusal('state-conflict', 'Another attempt at this sum has begun')
  withMessage(present.state, message)
  await transaction
    .insertInto('aggregation_message')
    .values({
      run,
      round,
      attempt,
      kind: message.kind,
      member: message.member,
      message: JSON.stringify(message),
    })
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** True when this very message was taken before. Throws `state-conflict` for another one of its kind. */
async function isKept(
  { database }: HubContext,
  { run, round, attempt }: Attempt,
  message: MemberMessage,
): Promise<boolean> {
  const row = await database
    .selectFrom('aggregation_message')
    .select('message')
    .where('run', '=', run)
    .where('round', '=', round)
    .where('attempt', '=', attempt)
    .where('kind', '=', message.kind)
    .where('member', '=', message.member)
    .executeTakeFirst()
  if (!row) return false
  if (canonicalJson(JSON.parse(row.message)) === canonicalJson(message)) return true
  throw new Refusal(
    'state-conflict',
    `Another message of the kind ${message.kind} was taken from ${message.member}`,
  )
}
