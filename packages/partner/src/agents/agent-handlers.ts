import type { nodeEndpoints } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
import type { NodeCaller } from '../local/admission.ts'
import { readAgents } from './agent-row.ts'
import { askAgent } from './ask-agent.ts'
import { cancelCase } from './cancel-case.ts'
import { putChallenger, withdrawChallenger } from './challengers.ts'
import type { AgentContext } from './context.ts'
import { getCase } from './get-case.ts'
import { giveFeedback } from './give-feedback.ts'
import { listCases } from './list-cases.ts'
import { listNearest } from './nearest.ts'
import { putAgent } from './put-agent.ts'
import { reportAgent } from './report.ts'
import { answerReview, getReview, listReviews } from './reviews.ts'
import { toldView } from './told-view.ts'
import { valueAgent } from './value-agent.ts'
import { withdrawGuarantee } from './withdraw-guarantee.ts'

type AgentHandlers = Pick<
  Handlers<typeof nodeEndpoints, NodeCaller>,
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
    askAgent: async input => toldView(await askAgent(context, input), input.caller),
    getCase: async input => toldView(await getCase(context, input), input.caller),
    listCases: async input => {
      const { cases, next } = await listCases(context, input)
      return { cases: cases.map(view => toldView(view, input.caller)), next }
    },
    cancelCase: async input => toldView(await cancelCase(context, input), input.caller),
    giveFeedback: input => giveFeedback(context, input),
    listReviews: input => listReviews(context, input),
    getReview: input => getReview(context, input),
    listNearest: input => listNearest(context, input),
    answerReview: input => answerReview(context, input),
  }
}
