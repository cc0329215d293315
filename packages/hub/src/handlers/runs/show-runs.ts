import type { HubHandler } from '../../callers.ts'
import { readRun, listRuns as readRuns } from '../../runs/run-store.ts'
import { runSummaries, runView } from '../../runs/run-view.ts'
import type { RunsContext } from './context.ts'

type Shown = Pick<RunsContext, 'database' | 'traffic' | 'waiting'>

/** Lists all runs, the newest first. */
export function listRuns(context: Pick<Shown, 'database' | 'traffic'>): HubHandler<'listRuns'> {
  return async () => ({ runs: await runSummaries(context, await readRuns(context.database)) })
}

/** Shows a run with its rounds, once it is newer than what the caller knows or the wait is over. */
export function getRun(context: Shown): HubHandler<'getRun'> {
  const { database, waiting } = context
  return async ({ params: { run: id }, query: { after, wait, fromRound } }) => {
    const look = async () => {
      const run = await readRun(database, id)
      return run.revision > after ? run : undefined
    }
    const news = await waiting.until([id], look, { seconds: wait })
    return await runView(context, news ?? (await readRun(database, id)), fromRound)
  }
}
