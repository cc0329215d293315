import type { NodeHandler } from '../../caller.ts'
import { readAgents } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'

/** Lists the agents of this node, by name. */
export function listAgents({ database }: Pick<RegistryContext, 'database'>): NodeHandler<'listAgents'> {
  return async () => ({ agents: await readAgents(database) })
}
