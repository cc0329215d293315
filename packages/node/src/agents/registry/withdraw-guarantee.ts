import { type AgentView, type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import type { AgentContext } from '../context.ts'
import { readEvidence } from '../promise/evidence.ts'
import { withdraw } from '../promise/weigh-labels.ts'
import { readAgent } from './agent-row.ts'

/**
 * The operator knows that cases have changed before any watch does: the promise is withdrawn, everything is deferred, and a new
 * one waits for new labels. Safe to repeat. Throws `state-conflict` for a guarantee that never was.
 */
export async function withdrawGuarantee(
  context: AgentContext,
  { params, body }: Parsed<typeof nodeEndpoints.withdrawGuarantee>,
): Promise<AgentView> {
  await context.database.transaction().execute(async transaction => {
    const rules = await readAgent({ database: transaction }, params.agent)
    const calibrated = await readEvidence(transaction, rules)
    if (body.number > calibrated.number) {
      throw new Refusal(
        'state-conflict',
        `The agent's present guarantee is its number ${calibrated.number}`,
        {
          hint: 'See `consort agent list`, and name that one.',
          path: 'number',
        },
      )
    }
    if (body.number < calibrated.number) return
    await withdraw(context, transaction, { rules, reason: body.reason })
  })
  context.agents.forget(params.agent)
  return await readAgent(context, params.agent)
}
