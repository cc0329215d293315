import { hubEndpoints, type nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import { agentHandlers } from '../agents/agent-handlers.ts'
import type { AgentContext } from '../agents/context.ts'
import { compareModels } from '../agents/registry/compare-models.ts'
import { keyHandlers } from '../agents/report/key-handlers.ts'
import { explainCase } from '../agents/review/explain-case.ts'
import type { NodeCallers } from '../caller.ts'
import { growDataset } from '../cards/grow.ts'
import { listDatasets, registerDataset } from '../cards/register.ts'
import { checkDataset } from '../datasets/conformance.ts'
import { checkExport, exportRecords } from '../datasets/export/export-records.ts'
import { confirmAgreement } from '../hub/agreements.ts'
import { confirmRoster } from '../hub/rosters.ts'
import { reconcileBudgets } from '../ledgers/reconcile.ts'
import { showBudgets } from '../ledgers/show-budgets.ts'
import { confirmStatement } from '../settlement/statements.ts'
import type { WorkStatus } from '../status.ts'
import { nodeVersion } from '../version.ts'

/** What the node answers: to its own operator, and about its agents also to others. */
export function localHandlers(
  context: AgentContext,
  status: WorkStatus,
): Handlers<typeof nodeEndpoints, NodeCallers> {
  const { enrolment, key } = context
  return {
    ...agentHandlers(context),
    ...keyHandlers(context),
    getNonce: () => ({}),
    getNode: () => ({
      member: enrolment.member,
      name: enrolment.name,
      role: enrolment.role,
      key: key.publicKey,
      hubUrl: enrolment.hubUrl,
      hubKey: enrolment.hubKey,
      version: nodeVersion,
      hubSeen: status.hubSeen?.toISOString() ?? null,
      hubVersion: status.hubVersion(),
      state: status.state,
    }),
    addDataset: async ({ body }) => {
      const view = await registerDataset(context, body)
      return (await growDataset(context, body.dataset)) ?? view
    },
    checkDataset: ({ body }) => checkDataset(context, body),
    listDatasets: async () => ({ datasets: await listDatasets(context) }),
    checkExport: ({ body }) => checkExport(context, body),
    exportRecords: ({ body }) => exportRecords(context, body),
    showRoster: () => context.call(hubEndpoints.getRoster),
    confirmRoster: ({ body: { version } }) => confirmRoster(context, version),
    showAgreement: () => context.call(hubEndpoints.getAgreement),
    confirmAgreement: ({ body: { agreement } }) => confirmAgreement(context, agreement),
    explainCase: ({ params }) => explainCase(context, params.case),
    compareModels: ({ params: { version }, body: { dataset } }) =>
      compareModels(context, { version, dataset }),
    showBudgets: () => showBudgets(context),
    reconcileBudgets: () => reconcileBudgets(context),
    confirmStatement: ({ params, query }) => confirmStatement(context, { ...params, ...query }),
  }
}
