import type { nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import { addAccessKey, webhookSecretOf } from '@consort/serving'
import { record } from '../context.ts'
import type { NodeCaller } from '../local/admission.ts'
import { readAgents } from './agent-row.ts'
import { askAgent } from './ask-agent.ts'
import type { AgentContext } from './context.ts'
import { getCase } from './get-case.ts'
import { putAgent } from './put-agent.ts'
import { answerReview, getReview, listReviews } from './reviews.ts'

type AgentHandlers = Pick<
  Handlers<typeof nodeEndpoints, NodeCaller>,
  | 'createAccessKey'
  | 'putAgent'
  | 'listAgents'
  | 'askAgent'
  | 'getCase'
  | 'listReviews'
  | 'getReview'
  | 'answerReview'
>

/** What the node answers about its agents: to its operator, to applications that ask and to experts who are asked. */
export function agentHandlers(context: AgentContext): AgentHandlers {
  return {
    createAccessKey: ({ body }) => createAccessKey(context, body),
    putAgent: input => context.oneAtATime(() => putAgent(context, input)),
    listAgents: async () => ({ agents: await readAgents(context) }),
    askAgent: input => askAgent(context, input),
    getCase: input => getCase(context, input),
    listReviews: input => listReviews(context, input),
    getReview: input => getReview(context, input),
    answerReview: input => answerReview(context, input),
  }
}

async function createAccessKey(context: AgentContext, asked: Parameters<typeof addAccessKey>[1]) {
  const { entropy, now, splitKey, database } = context
  const { id, name, holder, key } = await database.transaction().execute(async transaction => {
    const made = await addAccessKey(transaction, asked, { entropy, now: now() })
    await record(context, transaction, {
      kind: 'access-key-made',
      body: { key: made.id, holder: made.holder },
    })
    return made
  })
  const webhookSecret = holder === 'application' ? webhookSecretOf(splitKey, id) : null
  return { id, name, holder, key, webhookSecret }
}
