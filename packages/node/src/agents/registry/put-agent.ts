import { gateViewOf } from '@consort/agents'
import type { AgentView } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { NodeHandler } from '../../caller.ts'
import { dropAllEvidence, keepVersionEvidence } from '../promise/evidence-store.ts'
import { newEvidence } from '../promise/new-evidence.ts'
import { type AgentRules, keepAgent, readAgent, versionServed } from './agent-store.ts'
import type { RegistryContext } from './registry-context.ts'
import { serveAsKept } from './serve-as-kept.ts'

/**
 * Serves a version under a name from now on, calibrated on this node's own held-out records; its promise is a new one.
 * Safe to repeat; another version under the same name takes the place of the first, and ends the trial of a challenger.
 * What was withdrawn because cases had changed is not brought back by it.
 */
export function putAgent(context: RegistryContext): NodeHandler<'putAgent'> {
  return ({ params: { agent }, body }) => context.oneAtATime(() => put(context, { agent, ...body }))
}

async function put(context: RegistryContext, asked: Omit<AgentRules, 'since'>): Promise<AgentView> {
  const { agent } = asked
  await context.mayAnswer.lookForAgreement()
  await context.mayAnswer.check()
  const { card, calibration } = await context.calibrate(asked.version, asked)
  const at = context.now().toISOString()
  const rules: AgentRules = { ...asked, since: at }
  await context.database.transaction().execute(async transaction => {
    const before = await versionServed(transaction, agent)
    const reason = before === rules.version ? 'policy-change' : 'model-swap'
    const after = before === undefined ? null : ({ reason, at } as const)
    const birth = { agent, version: rules.version, at, after }
    const calibrated = await newEvidence(transaction, { calibration, rules }, birth)
    await dropAllEvidence(transaction, agent)
    await keepVersionEvidence(transaction, calibrated)
    await keepAgent(transaction, rules)
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
        gate: gateViewOf(calibrated),
        since: at,
      },
    })
  })
  await serveAsKept(context, agent)
  return await readAgent(context.database, agent)
}
