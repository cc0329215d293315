import type { DataCard } from '@consort/protocol'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { currentCards } from './card-store.ts'
import { listMembers, type Member } from './member-store.ts'

/** A member counts as online when it has called within this time: two long polls and a little. */
const onlineWithinMs = 60_000

/** How far the hub's clock may be put right while who has called still counts as having called. */
const clockStepMs = 5000

/**
 * Returns true when a member has called within the last minute. A call of a time to come was noted by a clock that went
 * wrong, and says nothing.
 */
export function isOnline({ lastSeen }: Pick<Member, 'lastSeen'>, now: Date): boolean {
  if (lastSeen === null) return false
  const sinceMs = now.getTime() - Date.parse(lastSeen)
  return sinceMs > -clockStepMs && sinceMs < onlineWithinMs
}

/** A member with its current card for one data set, if it has published one. */
export interface MemberWithCard extends Member {
  readonly online: boolean
  readonly card: DataCard | null
}

/** Lists the members in the order of their names, which is the order in which updates are added up. */
export async function membersWithCards(
  database: HubDatabase,
  dataset: string,
  now: Date,
): Promise<MemberWithCard[]> {
  const members = await listMembers(database)
  const cards = new Map((await currentCards(database, dataset)).map(card => [card.member, card]))
  return members.map(member => ({
    ...member,
    online: isOnline(member, now),
    card: cards.get(member.id) ?? null,
  }))
}
