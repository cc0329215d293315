import type { AgentView, nodeEndpoints, Parsed } from '@consort/protocol'
import { lastCase } from '@consort/review'
import type { Transaction } from 'kysely'
import { record } from '../context.ts'
import { type AgentRules, readAgent, readAgents, rowOf } from './agent-row.ts'
import type { Calibration } from './calibrate.ts'
import { calibrateVersion } from './calibrate-version.ts'
import type { AgentContext } from './context.ts'
import { gateOf, startStanding } from './guarantees.ts'
import { checkMayAnswer, lookForAgreement } from './may-answer.ts'
import { keepStanding, lastNumber, type Standing, standingsOf } from './standing.ts'
import type { AllTables } from './tables.ts'

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
    const number = (await lastNumber(transaction, agent)) + 1
    const reason = before?.version === body.version ? 'policy-change' : 'model-swap'
    const after = (await lastChange(transaction, agent, calibration)) ?? (before ? { reason, at } : null)
    const birth = {
      agent,
      version: body.version,
      number,
      at,
      after,
      lastCase: await lastCase(transaction, agent),
    }
    const standing = startStanding(calibration, rules, birth)
    await transaction.deleteFrom('standing').where('agent', '=', agent).execute()
    await keepStanding(transaction, standing)
    await transaction
      .insertInto('agent')
      .values({ name, ...columns, challenger: null })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ ...columns, challenger: null }))
      .execute()
    const { alpha, delta, version, audit } = rules
    const { calibrator, records } = calibration.calibration
    await record(context, transaction, {
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
        guarantee: number,
        gate: gateOf(standing),
        since: at,
      },
    })
  })
  await serveAsKept(context, agent)
  return await readAgent(context, agent)
}

/**
 * When the agent's cases were last found to be no longer like its held-out records, if these are still the same: no promise starts
 * with them again, however often the agent is put. Other records, registered since, may be like the cases.
 */
export async function lastChange(
  transaction: Transaction<AllTables>,
  agent: string,
  { calibration: { source } }: Calibration,
): Promise<Standing['after']> {
  const changed = (await standingsOf(transaction, agent)).filter(
    ({ after, calibration }) =>
      (after?.reason === 'drift' || after?.reason === 'new-population') && calibration.source === source,
  )
  return changed.map(({ after }) => after!).sort((a, b) => (a.at < b.at ? 1 : -1))[0] ?? null
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
