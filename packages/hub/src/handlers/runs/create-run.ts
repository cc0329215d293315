import type { HubHandler } from '../../callers.ts'
import { runSummary } from '../../runs/run-view.ts'
import { startRun } from '../../runs/start-run.ts'
import type { RunsContext } from './context.ts'

/** Opens a run, or shows the one that was opened with the same key. */
export function createRun(context: RunsContext): HubHandler<'createRun'> {
  return async ({ body }) => await runSummary(context, await startRun(context, body))
}
