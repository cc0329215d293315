import { readAgents } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'

/** After a change of an agent: forgets what it was, and closes the models that no agent needs any more. */
export async function serveAsKept(
  { database, agents, predictors }: Pick<RegistryContext, 'database' | 'agents' | 'predictors'>,
  agent: string,
): Promise<void> {
  agents.forget(agent)
  const versions = (await readAgents(database)).flatMap(({ version, challenger }) =>
    challenger?.state === 'running' ? [version, challenger.version] : [version],
  )
  await predictors.keepOnly(new Set(versions))
}
