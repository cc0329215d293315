import { estimateRisk } from '@consort/agents'
import { countDecided, judgedApart } from '@consort/review'
import type { NodeHandler } from '../../caller.ts'
import { readEvidence } from '../promise/evidence-store.ts'
import { readAgent } from '../registry/agent-store.ts'
import type { ReportContext } from './report-context.ts'

/**
 * Reports what an agent did under its current guarantee: how much it answered, how well as far as spot checks say, and
 * for how many labels.
 */
export function reportAgent({ database }: Pick<ReportContext, 'database'>): NodeHandler<'reportAgent'> {
  return async ({ params }) => {
    const view = await readAgent(database, params.agent)
    const { agent, version, alpha, delta, gate, guarantee } = view
    const calibrated = await readEvidence(database, view)
    const place = { agent, version, guarantee: guarantee.number }
    const counted = await countDecided(database, place)
    const judged = await judgedApart(database, place)
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
      risk: estimateRisk(judged),
      labels: {
        heldOut: calibrated.heldOut.length,
        deferred: counted.labelledDeferred,
        audited: counted.labelledAudited,
        awaited: counted.awaited,
      },
    }
  }
}
