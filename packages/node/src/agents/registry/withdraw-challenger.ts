import type { AgentView } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { NodeHandler } from '../../caller.ts'
import { keepChallenger, readAgent } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'
import { serveAsKept } from './serve-as-kept.ts'

/** Ends a trial. Nothing happens where there is none. */
export function withdrawChallenger(context: RegistryContext): NodeHandler<'withdrawChallenger'> {
  return ({ params }) => context.oneAtATime(() => withdraw(context, params.agent))
}

async function withdraw(context: RegistryContext, name: string): Promise<AgentView> {
  const agent = await readAgent(context.database, name)
  if (agent.challenger?.state !== 'running') return agent
  const challenger = { ...agent.challenger, state: 'withdrawn' } as const
  const { version, better, worse, labelled, evidence } = challenger
  await context.database.transaction().execute(async transaction => {
    await keepChallenger(transaction, agent.agent, challenger)
    await appendEvent(context, transaction, {
      kind: 'challenger-withdrawn',
      body: { agent: agent.agent, version, better, worse, labelled, evidence, by: 'operator' },
    })
  })
  await serveAsKept(context, agent.agent)
  return { ...agent, challenger }
}
