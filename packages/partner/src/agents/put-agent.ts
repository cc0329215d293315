import { type AgentView, type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import { record } from '../context.ts'
import { loadExamples } from '../datasets/load.ts'
import { currentDataset } from '../datasets/register.ts'
import { checkTrials } from '../privacy/check-exempt.ts'
import { readAgents, rowOf } from './agent-row.ts'
import { calibrate } from './calibrate.ts'
import type { AgentContext } from './context.ts'
import { uniformOf } from './draw.ts'
import { checkMayAnswer, lookForAgreement } from './may-answer.ts'
import { fetchVersion } from './versions.ts'

type Asked = Parsed<typeof nodeEndpoints.putAgent>

/**
 * Serves a version under a name from now on, calibrated on this node's own held-out records. Safe to repeat; another
 * version under the same name takes the place of the first, and each look at the records spends its own δ.
 */
export async function putAgent(
  context: AgentContext,
  { params: { agent }, body }: Asked,
): Promise<AgentView> {
  await lookForAgreement(context)
  await checkMayAnswer(context)
  const dataset = await currentDataset(context, body.dataset)
  if (!dataset) {
    throw new Refusal('not-found', `No data set named ${body.dataset} is registered here`, {
      hint: 'Register one with `consort dataset add`: its held-out records calibrate the agent.',
    })
  }
  await checkTrials(context, dataset.id)
  const { recipe } = await fetchVersion(context, body.version)
  if (recipe.task.kind !== 'classification') {
    throw new Refusal('data-mismatch', `${recipe.name} predicts numbers, and agents answer with classes`, {
      hint: 'Serve a version whose recipe has `task.kind: classification`.',
    })
  }
  const { evaluation } = await loadExamples(context, dataset.id, recipe)
  const predictor = await context.predictors.of(body.version)
  const { alpha, delta, costs, beta } = body
  const rules = { alpha, delta, costs, beta: beta ?? Number.POSITIVE_INFINITY }
  const { temperature, records, gate } = await calibrate(predictor, evaluation, rules, {
    key: context.splitKey,
    uniform: uniformOf(context.entropy),
  })
  const view: AgentView = {
    agent,
    dataset: body.dataset,
    version: body.version,
    alpha,
    delta,
    costs,
    beta,
    temperature,
    calibrationRecords: records,
    gate,
    since: context.now().toISOString(),
  }
  await keepAgent(context, view, dataset.id)
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
    const { agent, version, alpha, delta, temperature, calibrationRecords, gate } = view
    await record(context, transaction, {
      kind: 'agent-put',
      body: { agent, version, card, alpha, delta, temperature, calibrationRecords, gate },
    })
  })
  const served = new Set((await readAgents(context)).map(({ version }) => version as string))
  await context.predictors.keepOnly(served)
}
