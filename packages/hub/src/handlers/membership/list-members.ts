import type { hubEndpoints, Id, MemberRole, PublicKey } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { isOnline } from '../../members.ts'

export function listMembers(context: HubContext): Handler<typeof hubEndpoints.listMembers, HubCallers> {
  return async () => {
    const rows = await context.database.selectFrom('member').selectAll().orderBy('name').execute()
    const cards = await context.database
      .selectFrom('data_card')
      .select(['member', 'signed'])
      .where('current', '=', 1)
      .execute()
    return {
      members: rows.map(row => ({
        id: row.id as Id<'member'>,
        name: row.name,
        role: row.role as MemberRole,
        key: row.key as PublicKey,
        lastSeen: row.last_seen,
        online: isOnline(row, context.now()),
        datasets: cards
          .filter(card => card.member === row.id)
          .map(card => {
            const { dataset, role, trainExamples, evaluationExamples } = JSON.parse(card.signed).document
            return { dataset, role, trainExamples, evaluationExamples }
          }),
      })),
    }
  }
}
