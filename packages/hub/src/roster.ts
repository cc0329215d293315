import {
  digestOfDocument,
  type Id,
  type MemberRole,
  type PublicKey,
  type Roster,
  type RosterView,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubContext, HubTransaction } from './context.ts'
import { propose, readCountersigned, type Series } from './countersigned.ts'
import type { HubTables } from './tables.ts'

export const rosterSeries: Series = { kind: 'roster', about: '' }

export function readRoster(database: Kysely<HubTables>): Promise<RosterView> {
  return readCountersigned<Roster>(database, rosterSeries)
}

/** The roster that a run goes by, which may not be the one in force any more. */
export async function rosterOf(database: Kysely<HubTables>, digest: string): Promise<Roster> {
  const { document } = await database
    .selectFrom('countersigned')
    .select('document')
    .where('kind', '=', rosterSeries.kind)
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow()
  return JSON.parse(document) as Roster
}

/** Partners by name. */
export function partnersOf({ members }: Roster): string[] {
  return members.filter(({ role }) => role === 'partner').map(({ name }) => name)
}

/** Puts a roster with all members up for signature. */
export async function proposeRoster(context: HubContext, transaction: HubTransaction): Promise<void> {
  const { inForce } = await readRoster(transaction)
  const members = await transaction
    .selectFrom('member')
    .select(['id', 'name', 'role', 'key'])
    .orderBy('name')
    .execute()
  const document: Roster = {
    kind: 'roster',
    consortium: context.consortium,
    version: (inForce?.document.version ?? 0) + 1,
    previous: inForce ? digestOfDocument(inForce.document) : null,
    hub: context.key.publicKey,
    members: members.map(({ id, name, role, key }) => ({
      id: id as Id<'member'>,
      name,
      role: role as MemberRole,
      key: key as PublicKey,
    })),
  }
  await propose(context, transaction, rosterSeries, { document, version: document.version })
}
