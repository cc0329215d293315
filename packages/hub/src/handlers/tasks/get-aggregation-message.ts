import type { HubHandler } from '../../callers.ts'
import { openTask } from '../../runs/tasks/own-task.ts'
import { readAttempt } from '../../sums/attempt-store.ts'
import { messageFor } from '../../sums/exchange.ts'
import type { TaskContext } from './context.ts'

/** Waits for what the hub says next in the secure sum of a task. */
export function getAggregationMessage({
  database,
  waiting,
}: Pick<TaskContext, 'database' | 'waiting'>): HubHandler<'getAggregationMessage'> {
  return async ({ params: { task: id }, query: { after, wait }, caller }) => {
    const { run } = await openTask(database, caller, id, 'train')
    const look = async () => {
      const task = await openTask(database, caller, id, 'train')
      const { state } = await readAttempt(database, run, task.round)
      return messageFor(state, { after, name: caller.name })
    }
    const message = await waiting.until([`aggregation ${run}`], look, { seconds: wait })
    return { message: message ?? null }
  }
}
