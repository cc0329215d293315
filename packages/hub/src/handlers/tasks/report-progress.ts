import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { ownTask } from '../../runs/tasks/own-task.ts'

/** Kept in memory: it is for the eye. */
export function reportProgress(context: HubContext): Handler<typeof hubEndpoints.reportProgress, HubCallers> {
  return async ({ params: { task }, body: { done }, caller }) => {
    const { progress } = context.traffic
    const { state } = await ownTask(context, caller, task)
    if (state === 'open') progress.set(task, done)
    else progress.delete(task)
    return { wanted: state === 'open' }
  }
}
