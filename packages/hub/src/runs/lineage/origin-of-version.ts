import type { Metrics, ModelCard, SignedDataCard } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubTables } from '../../tables.ts'

/** What each member said of one version, on records that training did not see. */
export async function evaluationsOf(
  database: Kysely<HubTables>,
  run: string,
  round: number,
): Promise<ModelCard['evaluations']> {
  const rows = await tasksWithCards(database, run)
    .select('task.metrics')
    .orderBy('member.name')
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
  database: Kysely<HubTables>,
  run: string,
  round: number,
): Promise<ModelCard['lineage']> {
  const rows = await trainingOf(database, run, round).orderBy('member.name').execute()
  return rows.map(row => {
    const { id, trainExamples } = (JSON.parse(row.signed) as SignedDataCard).document
    return { member: row.name, card: id, trainExamples }
  })
}

/** The signed cards of all data whose updates are in a version, in the order of their ids. */
export async function cardsOfVersion(
  database: Kysely<HubTables>,
  version: string,
): Promise<SignedDataCard[]> {
  const { run, round } = await database
    .selectFrom('version')
    .select(['run', 'round'])
    .where('id', '=', version)
    .executeTakeFirstOrThrow()
  const rows = await trainingOf(database, run, round).select('data_card.id').orderBy('data_card.id').execute()
  return rows.map(row => JSON.parse(row.signed) as SignedDataCard)
}

function trainingOf(database: Kysely<HubTables>, run: string, round: number) {
  return tasksWithCards(database, run)
    .distinct()
    .where('task.round', '<=', round)
    .where('task.work', '=', 'train')
    .where('task.weight', 'is not', null)
}

function tasksWithCards(database: Kysely<HubTables>, run: string) {
  return database
    .selectFrom('task')
    .innerJoin('member', 'member.id', 'task.member')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['member.name', 'data_card.signed'])
    .where('task.run', '=', run)
}
