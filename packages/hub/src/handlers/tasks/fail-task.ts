import { appendEvent } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { applyEvent } from '../../runs/apply-event.ts'
import { ownTask } from '../../runs/tasks/own-task.ts'
import { settleTask } from '../../runs/tasks/task-store.ts'
import type { HubTransaction } from '../../tables/hub-tables.ts'
import type { TaskContext } from './context.ts'

/** Notes that a task cannot be done, and why. */
export function failTask(context: Omit<TaskContext, 'blobs' | 'chunkMemory'>): HubHandler<'failTask'> {
  const { database, now } = context
  return async ({ params: { task }, body: failure, caller }) => {
    const { state, run, round, work, member } = await ownTask(database, caller, task)
    if (state !== 'open') return
    const fail = async (transaction: HubTransaction): Promise<void> => {
      if (!(await settleTask(transaction, task, { state: 'failed', failure, at: now() }))) return
      await appendEvent(context, transaction, {
        kind: 'task-failed',
        body: { run, round, member, task, ...failure },
      })
    }
    const event = { kind: 'failed', round, work, member, failure } as const
    // While a secure sum is under way the run's state has seen to the training: who fails now is missed by the sum.
    if (!(await applyEvent(context, run, event, fail))) await database.transaction().execute(fail)
    context.pursue(run)
  }
}
