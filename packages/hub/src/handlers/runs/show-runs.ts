import { pageOf, parsePlace } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { type RunRecord, readRun, listRuns as readRuns } from '../../runs/run-store.ts'
import { runSummaries, runView } from '../../runs/run-view.ts'
import type { RunsContext } from './context.ts'

type Shown = Pick<RunsContext, 'database' | 'traffic' | 'waiting'>

/** Lists runs, the newest first, page by page. */
export function listRuns(context: Pick<Shown, 'database' | 'traffic'>): HubHandler<'listRuns'> {
  return async ({ query: { before, limit } }) => {
    const place = parsePlace('run', before)
    const read = await readRuns(context.database, { before: place, limit: limit + 1 })
    const placeOf = ({ created: at, id }: RunRecord) => ({ at, id })
    const { page, next } = pageOf(read, { limit, placeOf })
    return { runs: await runSummaries(context, page), next }
  }
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
