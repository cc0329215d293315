import type { AgentView, nodeEndpoints, Parsed } from '@consort/protocol'
import { appendEvent } from '../../context.ts'
import type { AgentContext } from '../context.ts'
import { keepVersionEvidence } from '../promise/evidence.ts'
import { gateOf } from '../promise/guarantees.ts'
import { newEvidence } from '../promise/new-evidence.ts'
import { calibrateVersion } from '../versions/calibrate-version.ts'
import { type AgentRules, readAgent, readAgents, rowOf } from './agent-row.ts'
import { checkMayAnswer, lookForAgreement } from './may-answer.ts'

type Asked = Parsed<typeof nodeEndpoints.putAgent>

/**
 * Serves a version under a name from now on, calibrated on this node's own held-out records; its promise is a new one. Safe
 * to repeat; another version under the same name takes the place of the first, and ends the trial of a challenger. What was
 * withdrawn because cases had changed is not brought back by it.
 */
export async function putAgent(
  context: AgentContext,
  { params: { agent }, body }: Asked,
): Promise<AgentView> {
  await lookForAgreement(context)
  await checkMayAnswer(context)
  const { card, calibration } = await calibrateVersion(context, body.version, body)
  const at = context.now().toISOString()
  const rules: AgentRules = { agent, ...body, since: at }
  const { name, ...columns } = rowOf(rules)
  await context.database.transaction().execute(async transaction => {
    const before = await transaction
      .selectFrom('agent')
      .select('version')
      .where('name', '=', agent)
      .executeTakeFirst()
    const reason = before?.version === body.version ? 'policy-change' : 'model-swap'
    const after = before ? ({ reason, at } as const) : null
    const birth = { agent, version: body.version, at, after }
    const calibrated = await newEvidence(transaction, { calibration, rules }, birth)
    await transaction.deleteFrom('standing').where('agent', '=', agent).execute()
    await keepVersionEvidence(transaction, calibrated)
    await transaction
      .insertInto('agent')
      .values({ name, ...columns, challenger: null })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ ...columns, challenger: null }))
      .execute()
    const { alpha, delta, version, audit } = rules
    const { calibrator, records } = calibration.calibration
    await appendEvent(context, transaction, {
      kind: 'agent-put',
      body: {
        agent,
        version,
        card,
        alpha,
        delta,
        audit,
        calibration: calibrator.kind,
        records,
        guarantee: calibrated.number,
        gate: gateOf(calibrated),
        since: at,
      },
    })
  })
  await serveAsKept(context, agent)
  return await readAgent(context, agent)
}

/** After a change of an agent: what it was is forgotten, and the models that no agent needs any more are closed. */
export async function serveAsKept(context: AgentContext, agent: string): Promise<void> {
  context.agents.forget(agent)
  const agents = await readAgents(context)
  const versions = agents.flatMap(({ version, challenger }) =>
    challenger?.state === 'running' ? [version, challenger.version] : [version],
  )
  await context.predictors.keepOnly(new Set(versions))
}
