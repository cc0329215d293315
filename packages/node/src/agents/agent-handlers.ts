import { askAgent } from './ask/ask-agent.ts'
import type { AskContext } from './ask/ask-context.ts'
import { cancelCase } from './ask/cancel-case.ts'
import { getCase } from './ask/get-case.ts'
import { listCases } from './ask/list-cases.ts'
import { type ComparisonContext, compareModels } from './registry/compare-models.ts'
import { listAgents } from './registry/list-agents.ts'
import { putAgent } from './registry/put-agent.ts'
import { putChallenger } from './registry/put-challenger.ts'
import type { RegistryContext } from './registry/registry-context.ts'
import { withdrawChallenger } from './registry/withdraw-challenger.ts'
import { withdrawGuarantee } from './registry/withdraw-guarantee.ts'
import { createAccessKey, getOwnKey, listAccessKeys, revokeAccessKey } from './report/access-keys.ts'
import { reportAgent } from './report/report-agent.ts'
import type { ReportContext } from './report/report-context.ts'
import { valueAgent } from './report/value-agent.ts'
import { answerReview } from './review/answer-review.ts'
import { type ExplainContext, explainCase } from './review/explain-case.ts'
import { getReview } from './review/get-review.ts'
import { giveFeedback } from './review/give-feedback.ts'
import { listNearest, type NearestContext } from './review/list-nearest.ts'
import { listReviews } from './review/list-reviews.ts'
import type { ReviewContext } from './review/review-context.ts'

/**
 * Lists what the node answers about its agents: to its operator, to applications that ask and to experts who are asked.
 */
export function agentHandlers(
  parts: RegistryContext &
    ComparisonContext &
    AskContext &
    ReviewContext &
    ExplainContext &
    NearestContext &
    ReportContext,
) {
  return {
    putAgent: putAgent(parts),
    listAgents: listAgents(parts),
    putChallenger: putChallenger(parts),
    withdrawChallenger: withdrawChallenger(parts),
    withdrawGuarantee: withdrawGuarantee(parts),
    compareModels: compareModels(parts),
    askAgent: askAgent(parts),
    getCase: getCase(parts),
    listCases: listCases(parts),
    cancelCase: cancelCase(parts),
    listReviews: listReviews(parts),
    getReview: getReview(parts),
    listNearest: listNearest(parts),
    answerReview: answerReview(parts),
    giveFeedback: giveFeedback(parts),
    explainCase: explainCase(parts),
    reportAgent: reportAgent(parts),
    valueAgent: valueAgent(parts),
    createAccessKey: createAccessKey(parts),
    listAccessKeys: listAccessKeys(parts),
    revokeAccessKey: revokeAccessKey(parts),
    getOwnKey: getOwnKey(parts),
  }
}
