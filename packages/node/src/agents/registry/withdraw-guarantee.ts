import { type AgentView, type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import type { NodeHandler } from '../../caller.ts'
import { readEvidence } from '../promise/evidence-store.ts'
import { withdraw } from '../promise/weigh-labels.ts'
import { readAgent } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'

/**
 * The operator knows that cases have changed before any watch does: the promise is withdrawn, everything is deferred,
 * and a new one waits for new labels. Safe to repeat. Throws `state-conflict` for a guarantee that never was.
 */
export function withdrawGuarantee(context: RegistryContext): NodeHandler<'withdrawGuarantee'> {
  return ({ params, body }) => context.oneAtATime(() => withdrawNamed(context, params.agent, body))
}

async function withdrawNamed(
  context: RegistryContext,
  agent: string,
  { number, reason }: Parsed<typeof nodeEndpoints.withdrawGuarantee>['body'],
): Promise<AgentView> {
  await context.database.transaction().execute(async transaction => {
    const rules = await readAgent(transaction, agent)
    const calibrated = await readEvidence(transaction, rules)
    if (number > calibrated.number) {
      throw new Refusal(
        'state-conflict',
        `The agent's current guarantee is its number ${calibrated.number}`,
        { hint: 'See `consort agent list`, and name that one.', path: 'number' },
      )
    }
    if (number < calibrated.number) return
    await withdraw(context, transaction, { rules, reason })
  })
  context.agents.forget(agent)
  return await readAgent(context.database, agent)
}
