import type { Id, MemberRole, PublicKey } from '@consort/protocol'
import type { Selectable } from 'kysely'
import type { HubDatabase, HubTables, HubTransaction } from '../tables/hub-tables.ts'

export interface Member {
  readonly id: Id<'member'>
  readonly name: string
  readonly role: MemberRole
  readonly key: PublicKey
  /** Null when it never called. */
  readonly lastSeen: string | null
  /** Seconds from a task to its update, exponentially averaged; null before the first. */
  readonly latencySeconds: number | null
  /** Training tasks that were given to it, and those of them whose update came too late or not at all. */
  readonly asked: number
  readonly missed: number
}

function memberOf(row: Selectable<HubTables['member']>): Member {
  const { id, name, role, key, asked, missed } = row
  return { id, name, role, key, lastSeen: row.last_seen, latencySeconds: row.latency_seconds, asked, missed }
}

/** Lists all members in the order of their names. */
export async function listMembers(database: HubDatabase): Promise<Member[]> {
  const rows = await database.selectFrom('member').selectAll().orderBy('name').execute()
  return rows.map(memberOf)
}

/** Finds the member that has this id, name or key. */
export async function findMember(
  database: HubDatabase,
  by: { readonly id: Id<'member'> } | { readonly name: string } | { readonly key: PublicKey },
): Promise<Member | undefined> {
  const all = database.selectFrom('member').selectAll()
  const query =
    'id' in by
      ? all.where('id', '=', by.id)
      : 'name' in by
        ? all.where('name', '=', by.name)
        : all.where('key', '=', by.key)
  const row = await query.executeTakeFirst()
  return row && memberOf(row)
}

/** Gives the name of every member by its id. */
export async function memberNames(database: HubDatabase): Promise<ReadonlyMap<string, string>> {
  const rows = await database.selectFrom('member').select(['id', 'name']).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** Keeps a member that has just enrolled. */
export async function insertMember(
  transaction: HubTransaction,
  { id, name, role, key }: Pick<Member, 'id' | 'name' | 'role' | 'key'>,
  enrolled: Date,
): Promise<void> {
  const unknown = { last_seen: null, latency_seconds: null, asked: 0, missed: 0 }
  const row = { id, name, role, key, enrolled: enrolled.toISOString(), ...unknown }
  await transaction.insertInto('member').values(row).execute()
}

/** Notes when these members called. */
export async function noteSeen(database: HubDatabase, ids: readonly Id<'member'>[], at: Date): Promise<void> {
  const last_seen = at.toISOString()
  await database.updateTable('member').set({ last_seen }).where('id', 'in', ids).execute()
}

/** Counts a training task that was given to a member. */
export async function countAsked(transaction: HubTransaction, id: Id<'member'>): Promise<void> {
  await transaction
    .updateTable('member')
    .set(({ eb }) => ({ asked: eb('asked', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

/** Counts a task whose update came too late or not at all. */
export async function countMissed(transaction: HubTransaction, id: Id<'member'>): Promise<void> {
  await transaction
    .updateTable('member')
    .set(({ eb }) => ({ missed: eb('missed', '+', 1) }))
    .where('id', '=', id)
    .execute()
}

/** Keeps how long a member takes from a task to its update, in seconds. */
export async function setLatency(
  transaction: HubTransaction,
  id: Id<'member'>,
  seconds: number,
): Promise<void> {
  await transaction.updateTable('member').set({ latency_seconds: seconds }).where('id', '=', id).execute()
}
