import type { AgentReport, nodeEndpoints, Parsed } from '@consort/protocol'
import { countDecided, type JudgedDecision, judgedApart } from '@consort/review'
import type { AgentContext } from '../context.ts'
import { readEvidence } from '../promise/evidence.ts'
import { readAgent } from '../registry/agent-row.ts'

/** What an agent did under its present guarantee: how much it answered, how well as far as audits say, and for how many labels. */
export async function reportAgent(
  context: AgentContext,
  { params }: Parsed<typeof nodeEndpoints.reportAgent>,
): Promise<AgentReport> {
  const view = await readAgent(context, params.agent)
  const { agent, version, alpha, delta, gate, guarantee } = view
  const calibrated = await readEvidence(context.database, view)
  const place = { agent, version, guarantee: guarantee.number }
  const counted = await countDecided(context.database, place)
  const judged = await judgedApart(context.database, place)
  const { answered, consulted, deferred } = counted
  const asked = answered + consulted + deferred
  return {
    agent,
    version,
    alpha,
    delta,
    gate,
    guarantee,
    asked,
    answered,
    consulted,
    deferred,
    coverage: asked === 0 ? null : answered / asked,
    risk: riskOf(judged),
    labels: {
      heldOut: calibrated.heldOut.length,
      deferred: counted.labelledDeferred,
      audited: counted.labelledAudited,
      awaited: counted.awaited,
    },
  }
}

/**
 * Σ wrong/π over Σ 1/π of the audited answers: the ratio estimator (Hájek 1971), with its linearised standard error; none for a
 * single answer.
 */
export function riskOf(judged: readonly JudgedDecision[]): AgentReport['risk'] {
  const audited = judged.filter(({ decision }) => decision.action === 'answer')
  if (audited.length === 0) return null
  const weights = audited.map(({ decision }) => 1 / decision.audit.propensity)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const wrong = audited.reduce((sum, { isWrong }, index) => sum + (isWrong ? weights[index]! : 0), 0)
  const estimate = wrong / total
  const squares = audited.reduce(
    (sum, { isWrong }, index) => sum + (weights[index]! * ((isWrong ? 1 : 0) - estimate)) ** 2,
    0,
  )
  const count = audited.length
  const standardError = count < 2 ? null : Math.sqrt((squares * count) / (count - 1)) / total
  return { estimate, standardError, audited: count }
}
