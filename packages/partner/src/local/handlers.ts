import { hubEndpoints, type nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { NodeContext } from '../context.ts'
import { listDatasets, registerDataset } from '../datasets/register.ts'
import { confirmRoster } from '../rosters.ts'
import { nodeVersion } from '../version.ts'
import type { WorkStatus } from '../work/loop.ts'

/** What the node answers to its own operator. */
export function localHandlers(
  context: NodeContext,
  status: WorkStatus,
): Handlers<typeof nodeEndpoints, 'operator'> {
  const { enrolment, key } = context
  return {
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
      state: status.state,
    }),
    addDataset: ({ body }) => registerDataset(context, body),
    listDatasets: async () => ({ datasets: await listDatasets(context) }),
    showRoster: () => context.call(hubEndpoints.getRoster),
    confirmRoster: ({ body: { version } }) => confirmRoster(context, version),
  }
}
