import type { DataCard, Id, MemberRole, SignedDataCard } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubTables } from './tables.ts'

/** A member counts as there when it has called within this time: two long polls and a little. */
const onlineWithinMs = 60_000

export function isOnline({ last_seen }: { last_seen: string | null }, now: Date): boolean {
  return last_seen !== null && now.getTime() - Date.parse(last_seen) < onlineWithinMs
}

/** A member with its current card for one data set, if it has published one. */
export interface MemberWithCard {
  readonly id: Id<'member'>
  readonly name: string
  readonly role: MemberRole
  readonly online: boolean
  readonly lastSeen: string | null
  readonly card: DataCard | null
  readonly latencySeconds: number | null
  readonly asked: number
  readonly missed: number
}

/** In the order of their names, which is the order in which updates are added up. */
export async function membersWithCards(
  database: Kysely<HubTables>,
  dataset: string,
  now: Date,
): Promise<MemberWithCard[]> {
  const rows = await database
    .selectFrom('member')
    .leftJoin('data_card', join =>
      join
        .onRef('data_card.member', '=', 'member.id')
        .on('data_card.dataset', '=', dataset)
        .on('data_card.current', '=', 1),
    )
    .selectAll('member')
    .select('data_card.signed as card')
    .orderBy('member.name')
    .execute()
  return rows.map(row => ({
    id: row.id as Id<'member'>,
    name: row.name,
    role: row.role as MemberRole,
    online: isOnline(row, now),
    lastSeen: row.last_seen,
    card: row.card === null ? null : (JSON.parse(row.card) as SignedDataCard).document,
    latencySeconds: row.latency_seconds,
    asked: row.asked,
    missed: row.missed,
  }))
}
