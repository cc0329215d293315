import type { hubEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { HubCaller, HubContext } from '../context.ts'
import { applyEvent } from '../runs/coordinator.ts'
import { readRun, runRecordOf } from '../runs/run-record.ts'
import { runSummary, runView } from '../runs/run-view.ts'
import { startRun } from '../runs/start-run.ts'

type Group = Pick<typeof hubEndpoints, 'createRun' | 'listRuns' | 'getRun' | 'cancelRun'>

export function runHandlers(context: HubContext): Handlers<Group, HubCaller> {
  const { database } = context
  return {
    createRun: async ({ body }) => await runSummary(context, await startRun(context, body)),

    async listRuns() {
      const rows = await database.selectFrom('run').selectAll().orderBy('created', 'desc').execute()
      return { runs: await Promise.all(rows.map(row => runSummary(context, runRecordOf(row)))) }
    },

    async getRun({ params: { run: id }, query: { after, wait } }) {
      const until = performance.now() + wait * 1000
      for (;;) {
        const run = await readRun(database, id)
        const left = until - performance.now()
        const isNews = run.revision > after || left <= 0
        if (isNews || !(await context.waiting.wait(`run ${id}`, left))) return await runView(context, run)
      }
    },

    async cancelRun({ params: { run: id } }) {
      await readRun(database, id)
      await applyEvent(context, id, { kind: 'cancelled' })
      context.pursue(id)
      return await runSummary(context, await readRun(database, id))
    },
  }
}
