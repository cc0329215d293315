import type { BlobStore } from '@consort/storage'
import type { AgentReader } from '../../tables/agent-tables.ts'
import { readAgents } from './agent-store.ts'

/** Forgets, at the start, the weights of versions that no agent serves any more. */
export async function sweepVersions({
  database,
  models,
}: {
  database: AgentReader
  models: Pick<BlobStore, 'scopes' | 'removeScope'>
}): Promise<void> {
  const agents = await readAgents(database)
  const served = new Set<string>(
    agents.flatMap(({ version, challenger }) => [version, challenger?.version ?? version]),
  )
  for (const scope of await models.scopes()) if (!served.has(scope)) await models.removeScope(scope)
}
