import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { type HubCaller, type HubContext, record } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { ownTask, type Work } from './own-task.ts'

export function failTask(context: HubContext): Handler<typeof hubEndpoints.failTask, HubCaller> {
  return async ({ params: { task }, body: failure, caller }) => {
    const row = await ownTask(context, caller, task)
    if (row.state !== 'open') return
    const { run, round, member } = row
    const work = row.work as Work
    await applyEvent(context, run, { kind: 'failed', round, work, member, failure }, async transaction => {
      const settled = context.now().toISOString()
      await transaction
        .updateTable('task')
        .set({ state: 'failed', settled, failure: JSON.stringify(failure) })
        .where('id', '=', task)
        .execute()
      await record(context, transaction, {
        kind: 'task-failed',
        body: { run, round, member, task, ...failure },
      })
    })
    context.pursue(run)
  }
}
