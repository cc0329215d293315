import { digestSchema, idSchema, nameSchema, Refusal } from '@consort/basics'
import { z } from 'zod'
import { type PublicKey, publicKeySchema } from '../keys.ts'
import { type Signed, signedSchema, signersOf } from '../signed-document.ts'

/** A `partner` trains on its own records; an `evaluator` only holds a common test set. */
export const memberRoleSchema = z.enum(['partner', 'evaluator'])
export type MemberRole = z.infer<typeof memberRoleSchema>

export const rosterMemberSchema = z.strictObject({
  id: idSchema('member'),
  name: nameSchema,
  role: memberRoleSchema,
  key: publicKeySchema,
})
export type RosterMember = z.infer<typeof rosterMemberSchema>

/**
 * Who is in the consortium and with which keys. Each version names the one before by digest; it is in force
 * when the hub and every member listed in it have signed it.
 */
export const rosterSchema = z.strictObject({
  kind: z.literal('roster'),
  consortium: nameSchema,
  version: z.int().min(1),
  previous: digestSchema.nullable(),
  hub: publicKeySchema,
  members: z.array(rosterMemberSchema).max(1000),
})
export type Roster = z.infer<typeof rosterSchema>
export type SignedRoster = Signed<Roster>
export const signedRosterSchema = signedSchema(rosterSchema)

export const rosterViewSchema = z.object({
  inForce: signedRosterSchema.nullable(),
  proposed: signedRosterSchema.nullable(),
})
/** What the hub shows: the version in force, and the next one while signatures are missing. */
export type RosterView = z.infer<typeof rosterViewSchema>

/** The names of those whose signatures a roster still lacks; `hub` for the hub's own. */
export function missingSigners(signed: SignedRoster): string[] {
  const signers = signersOf(signed)
  const { hub, members } = signed.document
  return [
    ...(signers.has(hub) ? [] : ['hub']),
    ...members.filter(member => !signers.has(member.key)).map(member => member.name),
  ]
}

/**
 * Checks that a roster is one a member may act on: the pinned hub's, fully signed, with itself in it.
 * Throws `roster-altered` or `roster-unsigned`.
 */
export function checkRoster(signed: SignedRoster, { hub, self }: { hub: PublicKey; self: PublicKey }): void {
  const roster = signed.document
  if (roster.hub !== hub) {
    throw new Refusal('roster-altered', 'The roster names another hub than the one this node enrolled with', {
      hint: 'Compare the fingerprint of the hub by telephone before you go on.',
    })
  }
  if (!roster.members.some(member => member.key === self)) {
    throw new Refusal('roster-altered', 'The roster does not list this node with its own key')
  }
  const keys = new Set(roster.members.map(member => member.key))
  const names = new Set(roster.members.map(member => member.name))
  const ids = new Set(roster.members.map(member => member.id))
  if (Math.min(keys.size, names.size, ids.size) < roster.members.length) {
    throw new Refusal('roster-altered', 'The roster lists a key, a name or an identifier twice')
  }
  const missing = missingSigners(signed)
  if (missing.length > 0) {
    throw new Refusal('roster-unsigned', `The roster lacks the signatures of: ${missing.join(', ')}`, {
      hint: 'Each of them runs `consort roster show`, compares fingerprints and runs `consort roster sign`.',
    })
  }
}
