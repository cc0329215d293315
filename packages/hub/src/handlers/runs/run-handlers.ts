import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { applyEvent } from '../../runs/coordinator.ts'
import { readRun, runRecordOf } from '../../runs/run-record.ts'
import { runSummary, runView } from '../../runs/run-view.ts'
import { startRun } from '../../runs/start-run.ts'

export function createRun(context: HubContext): Handler<typeof hubEndpoints.createRun, HubCallers> {
  return async ({ body }) => await runSummary(context, await startRun(context, body))
}

export function listRuns(context: HubContext): Handler<typeof hubEndpoints.listRuns, HubCallers> {
  return async () => {
    const rows = await context.database.selectFrom('run').selectAll().orderBy('created', 'desc').execute()
    return { runs: await Promise.all(rows.map(row => runSummary(context, runRecordOf(row)))) }
  }
}

export function getRun(context: HubContext): Handler<typeof hubEndpoints.getRun, HubCallers> {
  return async ({ params: { run: id }, query: { after, wait, fromRound } }) => {
    const until = performance.now() + wait * 1000
    for (;;) {
      const run = await readRun(context.database, id)
      const left = until - performance.now()
      const isNews = run.revision > after || left <= 0
      if (isNews || !(await context.waiting.wait(`run ${id}`, left)))
        return await runView(context, run, fromRound)
    }
  }
}

export function cancelRun(context: HubContext): Handler<typeof hubEndpoints.cancelRun, HubCallers> {
  return async ({ params: { run: id } }) => {
    await readRun(context.database, id)
    await applyEvent(context, id, { kind: 'cancelled' })
    context.pursue(id)
    return await runSummary(context, await readRun(context.database, id))
  }
}
