import type { Digest, Id, MemberRole } from '@consort/protocol'
import type { HubDatabase, HubTransaction } from '../tables/hub-tables.ts'

export interface Invite {
  readonly id: Id<'invite'>
  readonly secretDigest: Digest
  readonly name: string
  readonly role: MemberRole
  /** Who took it up; null until then. */
  readonly member: Id<'member'> | null
}

/** Keeps a new invite. */
export async function insertInvite(
  transaction: HubTransaction,
  { id, secretDigest, name, role }: Omit<Invite, 'member'>,
  created: Date,
): Promise<void> {
  const row = { id, secret_digest: secretDigest, name, role, member: null, created: created.toISOString() }
  await transaction.insertInto('invite').values(row).execute()
}

/** Finds an invite, taken up or not. */
export async function findInvite(database: HubDatabase, id: Id<'invite'>): Promise<Invite | undefined> {
  const row = await database.selectFrom('invite').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { id, secretDigest: row.secret_digest, name: row.name, role: row.role, member: row.member }
}

/** Notes who took an invite up. */
export async function takeUpInvite(
  transaction: HubTransaction,
  id: Id<'invite'>,
  member: Id<'member'>,
): Promise<void> {
  await transaction.updateTable('invite').set({ member }).where('id', '=', id).execute()
}
