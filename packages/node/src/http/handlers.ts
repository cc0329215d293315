import type { KeyPair } from '@consort/protocol'
import type { OpenAgents } from '../agents/open-agents.ts'
import type { NodeHandlers } from '../caller.ts'
import type { Enrolment } from '../enrolment.ts'
import type { WorkStatus } from '../status.ts'
import { getNode } from './get-node.ts'

type AgentHandlers = OpenAgents['handlers']

/** What the rooms below the agents answer: data sets, documents that are signed, budgets, statements. */
export type RoomHandlers = Omit<NodeHandlers, keyof AgentHandlers | 'getNonce' | 'getNode'>

/** Lists all that the node answers: to its own operator, and about its agents also to others. */
export function nodeHandlers(
  node: { readonly enrolment: Enrolment; readonly key: KeyPair },
  { agents, rooms, status }: { agents: AgentHandlers; rooms: RoomHandlers; status: WorkStatus },
): NodeHandlers {
  return {
    ...agents,
    ...rooms,
    getNonce: () => ({}),
    getNode: getNode(node, status),
  }
}
