import type { HubHandler } from '../../callers.ts'
import { ownTask } from '../../runs/tasks/own-task.ts'
import type { TaskContext } from './context.ts'

/** Keeps in memory how far a task is, for the eye, and says whether it is still wanted. */
export function reportProgress({
  database,
  traffic,
}: Pick<TaskContext, 'database' | 'traffic'>): HubHandler<'reportProgress'> {
  return async ({ params: { task }, body: { done }, caller }) => {
    const { state } = await ownTask(database, caller, task)
    if (state === 'open') traffic.progress.set(task, done)
    else traffic.progress.delete(task)
    return { wanted: state === 'open' }
  }
}
