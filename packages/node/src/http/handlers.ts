import type { nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { OpenAgents } from '../agents/open-agents.ts'
import type { NodeCallers } from '../caller.ts'
import type { WorkStatus } from '../status.ts'
import { type DatasetContext, datasetHandlers } from './dataset-handlers.ts'
import { type DocumentContext, documentHandlers } from './document-handlers.ts'
import { getNode } from './get-node.ts'

/** Lists all that the node answers: to its own operator, and about its agents also to others. */
export function nodeHandlers(
  context: DatasetContext & DocumentContext & Parameters<typeof getNode>[0],
  { agents, status }: { agents: OpenAgents['handlers']; status: WorkStatus },
): Handlers<typeof nodeEndpoints, NodeCallers> {
  return {
    ...agents,
    ...datasetHandlers(context),
    ...documentHandlers(context),
    getNonce: () => ({}),
    getNode: getNode(context, status),
  }
}
