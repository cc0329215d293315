import { type Digest, digestOfDocument, Refusal, type Roster, type RosterView } from '@consort/protocol'
import type { LogOwner } from '../log/log-owner.ts'
import { listMembers } from '../members/member-store.ts'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'
import { propose } from './countersign.ts'
import { findDocument, readCountersigned, type Series } from './countersigned-store.ts'

export const rosterSeries: Series<Roster> = {
  kind: 'roster',
  about: '',
  holds: document => document.kind === 'roster',
}

/** Reads the roster in force and the one that is proposed. */
export function readRoster(database: HubDatabase): Promise<RosterView> {
  return readCountersigned(database, rosterSeries)
}

/** Reads the roster in force. Throws `roster-unsigned` when there is none. */
export async function rosterInForce(database: HubDatabase): Promise<Roster> {
  const roster = (await readRoster(database)).inForce?.document
  if (roster) return roster
  throw new Refusal('roster-unsigned', 'No roster is in force yet', {
    hint: 'Every member compares fingerprints (`consort roster show`) and signs (`consort roster sign`).',
  })
}

/** Reads the roster that a run or an agreement goes by, which may not be the one in force any more. */
export async function rosterOf(database: HubDatabase, digest: Digest): Promise<Roster> {
  const roster = await findDocument(database, rosterSeries, { digest })
  if (roster) return roster
  throw new Error(`There is no roster ${digest}`)
}

/** Lists the partners of a roster by name. */
export function partnersOf({ members }: Roster): string[] {
  return members.filter(({ role }) => role === 'partner').map(({ name }) => name)
}

/** Puts a roster with all members up for signature. */
export async function proposeRoster(
  context: LogOwner & { readonly consortium: string },
  transaction: HubTransaction,
): Promise<void> {
  const { inForce } = await readRoster(transaction)
  const members = await listMembers(transaction)
  const document: Roster = {
    kind: 'roster',
    consortium: context.consortium,
    version: (inForce?.document.version ?? 0) + 1,
    previous: inForce ? digestOfDocument(inForce.document) : null,
    hub: context.key.publicKey,
    members: members.map(({ id, name, role, key }) => ({ id, name, role, key })),
  }
  await propose(context, transaction, rosterSeries, { document, version: document.version })
}
