import {
  type Digest,
  type DocumentSignature,
  digestOfDocument,
  type Id,
  type MemberRole,
  type PublicKey,
  type Roster,
  type RosterView,
  type SignedRoster,
  signDocument,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import { type HubContext, type HubTransaction, record } from './context.ts'
import type { HubTables } from './tables.ts'

/** The latest version in force, and the one proposed after it. */
export async function readRoster(database: Kysely<HubTables>): Promise<RosterView> {
  const rows = await database.selectFrom('roster').selectAll().orderBy('version', 'desc').limit(2).execute()
  const inForce = rows.find(row => row.in_force === 1)
  const proposed = rows.find(row => row.in_force === 0)
  return {
    inForce: inForce ? await withSignatures(database, inForce) : null,
    proposed: proposed ? await withSignatures(database, proposed) : null,
  }
}

async function withSignatures(
  database: Kysely<HubTables>,
  row: { version: number; document: string },
): Promise<SignedRoster> {
  const signatures = await database
    .selectFrom('roster_signature')
    .select(['key', 'signature'])
    .where('version', '=', row.version)
    .orderBy('key')
    .execute()
  return { document: JSON.parse(row.document) as Roster, signatures: signatures as DocumentSignature[] }
}

/** Puts a roster with all members up for signature. An earlier proposal, and what was signed of it, is void. */
export async function proposeRoster(context: HubContext, transaction: HubTransaction): Promise<void> {
  const { inForce } = await readRoster(transaction)
  const members = await transaction
    .selectFrom('member')
    .select(['id', 'name', 'role', 'key'])
    .orderBy('name')
    .execute()
  const version = (inForce?.document.version ?? 0) + 1
  const document: Roster = {
    kind: 'roster',
    consortium: context.consortium,
    version,
    previous: inForce ? digestOfDocument(inForce.document) : null,
    hub: context.key.publicKey,
    members: members.map(({ id, name, role, key }) => ({
      id: id as Id<'member'>,
      name,
      role: role as MemberRole,
      key: key as PublicKey,
    })),
  }
  const digest: Digest = digestOfDocument(document)
  await transaction.deleteFrom('roster_signature').where('version', '=', version).execute()
  await transaction.deleteFrom('roster').where('version', '=', version).execute()
  await transaction
    .insertInto('roster')
    .values({ version, digest, document: JSON.stringify(document), in_force: 0 })
    .execute()
  await transaction
    .insertInto('roster_signature')
    .values({ version, ...signDocument(document, context.key) })
    .execute()
  await record(context, transaction, { kind: 'roster-proposed', body: { version, roster: digest } })
}
