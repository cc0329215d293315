import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { appendEvent, type HubCallers, type HubContext, type HubTransaction } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { ownTask, type Work } from '../../runs/tasks/own-task.ts'

export function failTask(context: HubContext): Handler<typeof hubEndpoints.failTask, HubCallers> {
  return async ({ params: { task }, body: failure, caller }) => {
    const row = await ownTask(context, caller, task)
    if (row.state !== 'open') return
    const { run, round, member } = row
    const work = row.work as Work
    const fail = async (transaction: HubTransaction): Promise<void> => {
      const settled = context.now().toISOString()
      const { numUpdatedRows } = await transaction
        .updateTable('task')
        .set({ state: 'failed', settled, failure: JSON.stringify(failure) })
        .where('id', '=', task)
        .where('state', '=', 'open')
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await appendEvent(context, transaction, {
        kind: 'task-failed',
        body: { run, round, member, task, ...failure },
      })
    }
    const event = { kind: 'failed', round, work, member, failure } as const
    // While a secret sum is under way the run's state has seen to the training: who fails now is missed by the sum.
    if (!(await applyEvent(context, run, event, fail))) await context.database.transaction().execute(fail)
    context.pursue(run)
  }
}
