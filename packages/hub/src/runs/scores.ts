import { averageMetric, type RoundScore } from '@consort/federation'
import type { Id } from '@consort/protocol'
import { cardsById } from '../members/card-store.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { listTasks } from './tasks/task-store.ts'

/**
 * Averages the validation metrics of every evaluated round. Test sets are left out: nothing may be chosen by them.
 */
export async function scoresOf(database: HubDatabase, run: Id<'run'>): Promise<RoundScore[]> {
  const tasks = await listTasks(database, { run, work: 'evaluate' })
  const cards = await cardsById(
    database,
    tasks.map(({ card }) => card),
  )
  const rounds = [...new Set(tasks.map(task => task.round))].toSorted((a, b) => a - b)
  return rounds.map(round => {
    const validations = tasks.flatMap(({ round: other, card, metrics }) =>
      other === round && metrics && cards.get(card)?.document.role === 'train' ? [metrics] : [],
    )
    const average = (name: 'loss' | 'accuracy'): number | null =>
      averageMetric(validations.map(({ examples, values }) => ({ examples, value: values[name] })))
    return { round, loss: average('loss'), accuracy: average('accuracy') }
  })
}
