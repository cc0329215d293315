import type { HubHandler } from '../../callers.ts'
import { columnsLacking } from '../../runs/check-columns.ts'
import { runSummary } from '../../runs/run-view.ts'
import { askedMembers, startRun } from '../../runs/start-run.ts'
import type { RunsContext } from './context.ts'

/** Opens a run, or shows the one that was opened with the same key; names the members whose card does not fit. */
export function createRun(context: RunsContext): HubHandler<'createRun'> {
  return async ({ body }) => {
    const summary = await runSummary(context, await startRun(context, body))
    return { ...summary, lacking: columnsLacking(body.recipe, await askedMembers(context, body)) }
  }
}
