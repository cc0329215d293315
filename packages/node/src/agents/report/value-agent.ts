import {
  type ActionCosts,
  costsUnder,
  differenceBetween,
  effectiveCasesMin,
  otherRules,
  settledLog,
} from '@consort/agents'
import { Refusal } from '@consort/protocol'
import { decidedCases } from '@consort/review'
import type { NodeHandler } from '../../caller.ts'
import { readEvidence } from '../promise/evidence-store.ts'
import { readAgent } from '../registry/agent-store.ts'
import type { ReportContext } from './report-context.ts'

/**
 * Estimates what the cases of the current guarantee cost under the agent's rules as they stand, and would have cost
 * under the costs and the β that are named; both are judged by the same costs. Each case keeps the gate under which it
 * was decided: other rules choose where that let them, and defer elsewhere. Throws `input-invalid` where they would
 * answer what the agent never could (a person was always the cheaper one) and where there is no case yet,
 * `state-conflict` where all cases wait for one label.
 */
export function valueAgent({
  database,
  now,
}: Pick<ReportContext, 'database' | 'now'>): NodeHandler<'valueAgent'> {
  return async ({ params, query }) => {
    const view = await readAgent(database, params.agent)
    const { agent, version, guarantee } = view
    const { stage } = await readEvidence(database, view)
    const place = { agent, version, guarantee: guarantee.number }
    const decided = await decidedCases(database, place)
    const judgedBy: ActionCosts = {
      error: query.error ?? view.costs.error,
      price: query.price ?? view.costs.price,
      waiting: query.waiting ?? view.costs.waiting,
    }
    const log = settledLog(decided, { costs: judgedBy, days: view.labelDays, now: now() })
    if (log.length === 0 && decided.length > 0) throw firstIsAwaited(decided.length)
    const isAsked = Object.values(query).some(one => one !== undefined)
    const others = isAsked ? otherRules(view, { costs: judgedBy, beta: query.beta }) : null
    return {
      agent,
      version,
      guarantee,
      judgedBy,
      cases: log.length,
      later: decided.length - log.length,
      audited: log.filter(({ action, cost }) => action === 'answer' && cost !== null).length,
      effectiveCasesMin,
      now: costsUnder(log, view, { stage, judgedBy }),
      instead: others && costsUnder(log, others, { stage, judgedBy }),
      difference: others && differenceBetween(log, { now: view, instead: others, stage, judgedBy }),
    }
  }
}

function firstIsAwaited(cases: number): Refusal {
  return new Refusal(
    'state-conflict',
    `All ${cases} cases wait for the label of the first one, which is spot-checked`,
    {
      hint: 'Have an expert look at what waits; cases are judged in the order in which they were asked.',
    },
  )
}
