import type { HubHandler } from '../../callers.ts'
import { cardsById } from '../../members/card-store.ts'
import { openTask } from '../../runs/tasks/own-task.ts'
import { tasksByName } from '../../runs/tasks/tasks-by-name.ts'
import { readAttempt } from '../../sums/attempt-store.ts'
import type { TaskContext } from './context.ts'

/** Says with whom a task's update is summed: names and signed data cards. */
export function getCohort({ database }: Pick<TaskContext, 'database'>): HubHandler<'getCohort'> {
  return async ({ params: { task: id }, caller }) => {
    const { run, round } = await openTask(database, caller, id, 'train')
    const { attempt, state } = await readAttempt(database, run, round)
    const tasks = await tasksByName(database, { run, round, work: 'train' })
    const cards = await cardsById(
      database,
      tasks.map(({ card }) => card),
    )
    const members = state.context.members.map(({ name }) => {
      const latest = tasks.findLast(task => task.name === name)
      return { name, card: cards.get(latest!.card)! }
    })
    return { attempt, members }
  }
}
