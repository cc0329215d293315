import type { AgentView, nodeEndpoints, Parsed } from '@consort/protocol'
import { record } from '../context.ts'
import { readAgents, rowOf } from './agent-row.ts'
import { calibrateVersion } from './calibrate-version.ts'
import type { AgentContext } from './context.ts'
import { checkMayAnswer, lookForAgreement } from './may-answer.ts'

type Asked = Parsed<typeof nodeEndpoints.putAgent>

/**
 * Serves a version under a name from now on, calibrated on this node's own held-out records. Safe to repeat; another
 * version under the same name takes the place of the first, and ends the trial of a challenger.
 */
export async function putAgent(
  context: AgentContext,
  { params: { agent }, body }: Asked,
): Promise<AgentView> {
  await lookForAgreement(context)
  await checkMayAnswer(context)
  const { version, ...promise } = body
  const { temperature, records, gate, card } = await calibrateVersion(context, version, promise)
  const view: AgentView = {
    agent,
    version,
    ...promise,
    temperature,
    calibrationRecords: records,
    gate,
    since: context.now().toISOString(),
    challenger: null,
  }
  await keepAgent(context, view, card)
  return view
}

async function keepAgent(context: AgentContext, view: AgentView, card: string): Promise<void> {
  const { name, ...columns } = rowOf(view)
  await context.database.transaction().execute(async transaction => {
    await transaction
      .insertInto('agent')
      .values({ name, ...columns })
      .onConflict(conflict => conflict.column('name').doUpdateSet(columns))
      .execute()
    const { agent, version, alpha, delta, temperature, calibrationRecords, gate, since } = view
    await record(context, transaction, {
      kind: 'agent-put',
      body: { agent, version, card, alpha, delta, temperature, calibrationRecords, gate, since },
    })
  })
  await serveAsKept(context, view.agent)
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
