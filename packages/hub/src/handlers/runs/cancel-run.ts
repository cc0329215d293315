import type { HubHandler } from '../../callers.ts'
import { applyEvent } from '../../runs/apply-event.ts'
import { readRun } from '../../runs/run-store.ts'
import { runSummary } from '../../runs/run-view.ts'
import type { RunsContext } from './context.ts'

/** Ends a run, unless it has ended. */
export function cancelRun(context: Omit<RunsContext, 'blobs'>): HubHandler<'cancelRun'> {
  return async ({ params: { run: id } }) => {
    await readRun(context.database, id)
    await applyEvent(context, id, { kind: 'cancelled' })
    context.pursue(id)
    return await runSummary(context, await readRun(context.database, id))
  }
}
