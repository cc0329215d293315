import { idSchema, nameSchema, Refusal } from '@consort/basics'
import { z } from 'zod'
import { memberRoleSchema } from './documents/roster.ts'
import { publicKeySchema } from './keys.ts'

/** What an operator hands to a partner on another channel: where the hub is, its key, and a secret for one use. */
export const inviteSchema = z.strictObject({
  hubUrl: z.url({ protocol: /^https?$/ }),
  hubKey: publicKeySchema,
  consortium: nameSchema,
  id: idSchema('invite'),
  secret: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  name: nameSchema,
  role: memberRoleSchema,
})
export type Invite = z.infer<typeof inviteSchema>

const prefix = 'consort-invite.'

export function formatInvite(invite: Invite): string {
  return prefix + Buffer.from(JSON.stringify(invite)).toString('base64url')
}

/** Throws `input-invalid` for anything that `formatInvite` did not write. */
export function parseInvite(text: string): Invite {
  try {
    const trimmed = text.trim()
    if (!trimmed.startsWith(prefix)) throw new TypeError('no invite')
    return inviteSchema.parse(
      JSON.parse(Buffer.from(trimmed.slice(prefix.length), 'base64url').toString('utf8')),
    )
  } catch (cause) {
    throw new Refusal('input-invalid', 'This is not an invite', {
      hint: `An invite is one line that begins with ${prefix}; copy all of it.`,
      cause,
    })
  }
}
