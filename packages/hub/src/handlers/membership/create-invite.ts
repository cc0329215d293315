import { createId, digestOfBytes, formatInvite, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext } from '../../context.ts'

export function createInvite(context: HubContext): Handler<typeof hubEndpoints.createInvite, HubCallers> {
  return async ({ body: { name, role } }) => {
    const secret = Buffer.from(context.entropy.bytes(16)).toString('base64url')
    const id = createId('invite', context.entropy)
    await context.database.transaction().execute(async transaction => {
      const taken = await transaction
        .selectFrom('member')
        .select('id')
        .where('name', '=', name)
        .executeTakeFirst()
      if (taken || name === 'hub')
        throw new Refusal('name-taken', `There is a member called ${name} already`, {
          hint: 'Choose another name.',
        })
      const created = context.now().toISOString()
      const row = {
        id,
        secret_digest: digestOfBytes(Buffer.from(secret)),
        name,
        role,
        member: null,
        created,
      }
      await transaction.insertInto('invite').values(row).execute()
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
