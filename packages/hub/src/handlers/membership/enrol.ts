import { createHash, timingSafeEqual } from 'node:crypto'
import { createId, type hubEndpoints, type Id, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'
import { proposeRoster } from '../../roster.ts'

export function enrol(context: HubContext): Handler<typeof hubEndpoints.enrol, HubCallers> {
  return async ({ body: { invite: id, secret }, caller }) => {
    const { key } = caller
    return await context.database.transaction().execute(async transaction => {
      const invite = await transaction
        .selectFrom('invite')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      if (!invite || !sameDigest(invite.secret_digest, secret)) {
        throw new Refusal('invite-unknown', 'This hub did not issue this invite', {
          hint: 'Ask the hub’s operator for a new one.',
        })
      }
      const enrolled = await transaction
        .selectFrom('member')
        .select(['id', 'key'])
        .where('name', '=', invite.name)
        .executeTakeFirst()
      if (enrolled && enrolled.id === invite.member && enrolled.key === key)
        return { member: enrolled.id as Id<'member'> }
      if (invite.member !== null || enrolled) {
        throw new Refusal('invite-used', `The invite for ${invite.name} has been taken up`, {
          hint: 'If that was not you, tell the hub’s operator at once. An invite is good for one node.',
        })
      }
      const known = await transaction
        .selectFrom('member')
        .select('name')
        .where('key', '=', key)
        .executeTakeFirst()
      if (known) throw new Refusal('already-exists', `This node is enrolled already, as ${known.name}`)
      const member = createId('member', context.entropy)
      const { name, role } = invite
      const row = {
        id: member,
        name,
        role,
        key,
        enrolled: context.now().toISOString(),
        last_seen: null,
        latency_seconds: null,
      }
      await transaction
        .insertInto('member')
        .values({ ...row, asked: 0, missed: 0 })
        .execute()
      await transaction.updateTable('invite').set({ member }).where('id', '=', id).execute()
      await appendEvent(context, transaction, { kind: 'member-enrolled', body: { member, name, role, key } })
      await proposeRoster(context, transaction)
      return { member }
    })
  }
}

function sameDigest(digest: string, secret: string): boolean {
  const own = createHash('sha256').update(secret).digest('hex')
  return timingSafeEqual(Buffer.from(digest), Buffer.from(`sha256:${own}`))
}
