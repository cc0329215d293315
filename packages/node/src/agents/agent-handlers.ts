import type { nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { NodeCallers } from '../caller.ts'
import { askAgent } from './ask/ask-agent.ts'
import { cancelCase } from './ask/cancel-case.ts'
import { disclosedView } from './ask/disclosed-view.ts'
import { getCase } from './ask/get-case.ts'
import { listCases } from './ask/list-cases.ts'
import type { AgentContext } from './context.ts'
import { readAgents } from './registry/agent-row.ts'
import { putChallenger, withdrawChallenger } from './registry/challengers.ts'
import { putAgent } from './registry/put-agent.ts'
import { withdrawGuarantee } from './registry/withdraw-guarantee.ts'
import { reportAgent } from './report/report.ts'
import { valueAgent } from './report/value-agent.ts'
import { giveFeedback } from './review/give-feedback.ts'
import { listNearest } from './review/nearest.ts'
import { answerReview, getReview, listReviews } from './review/reviews.ts'

type AgentHandlers = Pick<
  Handlers<typeof nodeEndpoints, NodeCallers>,
  | 'putAgent'
  | 'putChallenger'
  | 'withdrawChallenger'
  | 'withdrawGuarantee'
  | 'reportAgent'
  | 'valueAgent'
  | 'listAgents'
  | 'askAgent'
  | 'getCase'
  | 'listCases'
  | 'cancelCase'
  | 'giveFeedback'
  | 'listReviews'
  | 'getReview'
  | 'listNearest'
  | 'answerReview'
>

/** What the node answers about its agents: to its operator, to applications that ask and to experts who are asked. */
export function agentHandlers(context: AgentContext): AgentHandlers {
  return {
    putAgent: input => context.oneAtATime(() => putAgent(context, input)),
    putChallenger: input => context.oneAtATime(() => putChallenger(context, input)),
    withdrawChallenger: input => context.oneAtATime(() => withdrawChallenger(context, input)),
    withdrawGuarantee: input => context.oneAtATime(() => withdrawGuarantee(context, input)),
    reportAgent: input => reportAgent(context, input),
    valueAgent: input => valueAgent(context, input),
    listAgents: async () => ({ agents: await readAgents(context) }),
    askAgent: async input => disclosedView(await askAgent(context, input), input.caller),
    getCase: async input => disclosedView(await getCase(context, input), input.caller),
    listCases: async input => {
      const { cases, next } = await listCases(context, input)
      return { cases: cases.map(view => disclosedView(view, input.caller)), next }
    },
    cancelCase: async input => disclosedView(await cancelCase(context, input), input.caller),
    giveFeedback: input => giveFeedback(context, input),
    listReviews: input => listReviews(context, input),
    getReview: input => getReview(context, input),
    listNearest: input => listNearest(context, input),
    answerReview: input => answerReview(context, input),
  }
}
