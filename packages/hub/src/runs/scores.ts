import { averageMetric, type RoundScore } from '@consort/federation'
import type { Metrics, SignedDataCard } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubTables } from '../tables.ts'

/** The validation metrics of every evaluated round. Test sets are left out: nothing may be chosen by them. */
export async function scoresOf(database: Kysely<HubTables>, run: string): Promise<RoundScore[]> {
  const rows = await database
    .selectFrom('task')
    .innerJoin('data_card', 'data_card.id', 'task.card')
    .select(['task.round', 'task.metrics', 'data_card.signed'])
    .where('task.run', '=', run)
    .where('task.work', '=', 'evaluate')
    .orderBy('task.round')
    .execute()
  const rounds = [...new Set(rows.map(row => row.round))]
  return rounds.map(round => {
    const told = rows
      .filter(
        row =>
          row.round === round &&
          row.metrics !== null &&
          (JSON.parse(row.signed) as SignedDataCard).document.role === 'train',
      )
      .map(row => JSON.parse(row.metrics!) as Metrics)
    const average = (name: 'loss' | 'accuracy'): number | null =>
      averageMetric(told.map(({ examples, values }) => ({ examples, value: values[name] })))
    return { round, loss: average('loss'), accuracy: average('accuracy') }
  })
}
