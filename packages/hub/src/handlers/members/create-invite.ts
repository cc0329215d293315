import { createId, digestOfBytes, type Entropy, formatInvite, Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { insertInvite } from '../../members/invite-store.ts'
import { findMember } from '../../members/member-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** What inviting takes. */
export interface InviteContext extends LogOwner {
  readonly consortium: string
  readonly database: HubDatabase
  readonly entropy: Entropy
  /** How members reach this hub. */
  readonly publicUrl: () => string
}

/** Invites one partner or evaluator, once: the text that is returned has the only copy of the secret. */
export function createInvite(context: InviteContext): HubHandler<'createInvite'> {
  return async ({ body: { name, role } }) => {
    const secret = Buffer.from(context.entropy.bytes(16)).toString('base64url')
    const id = createId('invite', context.entropy)
    await context.database.transaction().execute(async transaction => {
      if (name === 'hub' || (await findMember(transaction, { name })))
        throw new Refusal('name-taken', `There is a member called ${name} already`, {
          hint: 'Choose another name.',
        })
      const secretDigest = digestOfBytes(Buffer.from(secret))
      await insertInvite(transaction, { id, secretDigest, name, role }, context.now())
      await appendEvent(context, transaction, { kind: 'invite-created', body: { invite: id, name, role } })
    })
    const { publicKey: hubKey } = context.key
    const invite = formatInvite({
      hubUrl: context.publicUrl(),
      hubKey,
      consortium: context.consortium,
      id,
      secret,
      name,
      role,
    })
    return { invite }
  }
}
