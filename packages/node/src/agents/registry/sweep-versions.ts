import type { AgentContext } from '../context.ts'
import { readAgents } from './agent-row.ts'
/** At the start: forgets the weights of versions that no agent serves any more. */
export async function sweepVersions({ database, models }: Pick<AgentContext, 'database' | 'models'>) {
  const agents = await readAgents({ database })
  const served = new Set<string>(
    agents.flatMap(({ version, challenger }) => [version, challenger?.version ?? version]),
  )
  for (const scope of await models.scopes()) if (!served.has(scope)) await models.removeScope(scope)
}
