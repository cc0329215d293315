import type { RosterView } from '@consort/protocol'
import type { Pilot } from './pilot.ts'
import type { Hospital } from './scenario.ts'

/** The public key by which a hospital signs its requests. */
export async function memberKey({ hub }: Pilot, name: Hospital): Promise<string> {
  const { inForce } = await hub.consort<RosterView>('roster', 'show')
  return inForce!.document.members.find(member => member.name === name)!.key
}
