import { timingSafeEqual } from 'node:crypto'
import { createId, digestOfBytes, type Entropy, type Id, type PublicKey, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { proposeRoster } from '../../documents/roster.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { findInvite, type Invite, takeUpInvite } from '../../members/invite-store.ts'
import { findMember, insertMember } from '../../members/member-store.ts'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'

interface EnrolContext extends LogOwner {
  readonly consortium: string
  readonly database: HubDatabase
  readonly entropy: Entropy
}

/**
 * Takes up an invite with the key that has signed the call, and puts a roster with the new member up for
 * signature.
 */
export function enrol(context: EnrolContext): HubHandler<'enrol'> {
  return async ({ body: { invite: id, secret }, caller: { key } }) =>
    await context.database.transaction().execute(async transaction => {
      const invite = await findInvite(transaction, id)
      if (!invite || !sameDigest(invite.secretDigest, secret)) {
        throw new Refusal('invite-unknown', 'This hub did not issue this invite', {
          hint: 'Ask the hub’s operator for a new one.',
        })
      }
      const enrolled = await enrolledBefore(transaction, invite, key)
      if (enrolled) return { member: enrolled }
      const member = createId('member', context.entropy)
      const { name, role } = invite
      await insertMember(transaction, { id: member, name, role, key }, context.now())
      await takeUpInvite(transaction, id, member)
      await appendEvent(context, transaction, { kind: 'member-enrolled', body: { member, name, role, key } })
      await proposeRoster(context, transaction)
      return { member }
    })
}

/** Finds the member that has enrolled with this very invite and key. Throws `invite-used` or `already-exists`. */
async function enrolledBefore(
  transaction: HubTransaction,
  invite: Invite,
  key: PublicKey,
): Promise<Id<'member'> | undefined> {
  const enrolled = await findMember(transaction, { name: invite.name })
  if (enrolled && enrolled.id === invite.member && enrolled.key === key) return enrolled.id
  if (invite.member !== null || enrolled) {
    throw new Refusal('invite-used', `The invite for ${invite.name} has been taken up`, {
      hint: 'If that was not you, tell the hub’s operator at once. An invite is good for one node.',
    })
  }
  const known = await findMember(transaction, { key })
  if (known) throw new Refusal('already-exists', `This node is enrolled already, as ${known.name}`)
  return undefined
}

function sameDigest(digest: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(digest), Buffer.from(digestOfBytes(Buffer.from(secret))))
}
