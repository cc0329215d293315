import type { HubHandler } from '../../callers.ts'
import { currentCards } from '../../members/card-store.ts'
import { listMembers as readMembers } from '../../members/member-store.ts'
import { isOnline } from '../../members/members-with-cards.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Lists the members, when they last called and what they offer. */
export function listMembers({
  database,
  now,
}: {
  readonly database: HubDatabase
  readonly now: () => Date
}): HubHandler<'listMembers'> {
  return async () => {
    const members = await readMembers(database)
    const cards = await currentCards(database)
    return {
      members: members.map(member => ({
        id: member.id,
        name: member.name,
        role: member.role,
        key: member.key,
        lastSeen: member.lastSeen,
        online: isOnline(member, now()),
        datasets: cards
          .filter(card => card.member === member.id)
          .map(({ dataset, role, trainExamples, evaluationExamples }) => ({
            dataset,
            role,
            trainExamples,
            evaluationExamples,
          })),
      })),
    }
  }
}
