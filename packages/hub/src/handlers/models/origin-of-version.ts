import type { Metrics, ModelCard, SignedDataCard } from '@consort/protocol'
import type { HubContext } from '../../context.ts'

/** What each member said of one version, on records that training did not see. */
export async function evaluationsOf(
  context: HubContext,
  run: string,
  round: number,
): Promise<ModelCard['evaluations']> {
  const rows = await tasksWithCards(context, run)
    .select('task.metrics')
    .where('task.round', '=', round)
    .where('task.work', '=', 'evaluate')
    .where('task.state', '=', 'received')
    .execute()
  return rows.map(row => ({
    member: row.name,
    role: (JSON.parse(row.signed) as SignedDataCard).document.role,
    metrics: JSON.parse(row.metrics!) as Metrics,
  }))
}

/** Whose updates are in a version, with the cards of the data that they came from. */
export async function lineageOf(
  context: HubContext,
  run: string,
  round: number,
): Promise<ModelCard['lineage']> {
  const rows = await tasksWithCards(context, run)
    .distinct()
    .where('task.round', '<=', round)
    .where('task.work', '=', 'train')
    .where('task.weight', 'is not', null)
    .execute()
  return rows.map(row => {
    const { id, trainExamples } = (JSON.parse(row.signed) as SignedDataCard).document
    return { member: row.name, card: id, trainExamples }
  })
}

function tasksWithCards({ database }: HubContext, run: string) {
  return database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['member.name', 'data_card.signed'])
    .where('task.run', '=', run)
    .orderBy('member.name')
}
