import { type PublicKey, Refusal, type Roster } from '@consort/protocol'

/** Gives the key of a partner by the roster. Throws `roster-unsigned` when the roster does not list it. */
export function keyOf({ members }: Roster, name: string): PublicKey {
  const member = members.find(known => known.name === name && known.role === 'partner')
  if (member) return member.key
  throw new Refusal('roster-unsigned', `${name} is no partner of the roster in force`, {
    hint: 'Have the roster signed by all members again.',
  })
}
