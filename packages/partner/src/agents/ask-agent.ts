import { createCaseRoles } from '@consort/agents'
import {
  type AgentView,
  type CaseRecord,
  type CaseView,
  canonicalJson,
  createId,
  digestOfJson,
  type nodeEndpoints,
  type Parsed,
  type Recipe,
  Refusal,
} from '@consort/protocol'
import { addCase, type CaseFile, caseAskedBefore, caseView } from '@consort/review'
import { checkWebhookUrl } from '@consort/serving'
import { record } from '../context.ts'
import { askerOf, type NodeCaller } from '../local/admission.ts'
import { meterAnswer } from '../settlement/usage.ts'
import { readAgent } from './agent-row.ts'
import type { AgentContext } from './context.ts'
import { decide } from './decide.ts'
import { uniformOf } from './draw.ts'
import { checkMayAnswer } from './may-answer.ts'

type Asked = Parsed<typeof nodeEndpoints.askAgent> & { caller: NodeCaller }

/** What labels of cases are used for, fixed at birth by a keyed hash of the record. */
export const caseRoleShares = { train: 0.6, calibrate: 0.2, test: 0.2 }

/**
 * Answers a case or defers it to a person. It is kept before anyone hears of it; the same question under the same key gets
 * the same case, however often it is sent.
 */
export async function askAgent(context: AgentContext, asked: Asked): Promise<CaseView> {
  const { idempotencyKey, ...question } = asked.body
  const askedBy = askerOf(asked.caller)
  const requestDigest = digestOfJson({ agent: asked.params.agent, ...question })
  const asking = { askedBy, idempotencyKey, requestDigest }
  const known = await caseAskedBefore(context.database, asking)
  if (known) return caseView(known)
  checkWebhook(asked)
  const agent = await readAgent(context, asked.params.agent)
  await checkMayAnswer(context)
  const file = await makeCase(context, agent, { ...asking, ...question })
  return caseView(await keepCase(context, file))
}

/** Nobody was shown a secret to check the operator's webhooks by. */
function checkWebhook({ body: { webhook }, caller }: Asked): void {
  if (webhook === undefined) return
  checkWebhookUrl(webhook)
  if (caller.kind === 'application') return
  throw new Refusal('input-invalid', 'Webhooks belong to keys of applications', {
    hint: 'Ask with a key of your own, whose secret signs them, or poll the case.',
    path: 'webhook',
  })
}

async function makeCase(
  context: AgentContext,
  agent: AgentView,
  asked: Pick<CaseFile, 'askedBy' | 'idempotencyKey' | 'requestDigest' | 'record'> & {
    webhook?: string | undefined
  },
): Promise<CaseFile> {
  const { webhook = null } = asked
  const predictor = await context.predictors.of(agent.version)
  const content = onlyFeatures(asked.record, predictor.recipe)
  const uniform = uniformOf(context.entropy)()
  const decision = await decide(agent, predictor, { record: content, uniform })
  const roleOf = createCaseRoles({ key: context.splitKey, shares: caseRoleShares })
  return {
    ...asked,
    record: content,
    id: createId('case', context.entropy),
    agent: agent.agent,
    dataset: agent.dataset,
    version: agent.version,
    webhook,
    role: roleOf(canonicalJson(content)),
    decision,
    asked: context.now().toISOString(),
    revision: 1,
    state: { kind: decision.action === 'answer' ? 'answered' : 'waiting' },
  }
}

/** What the model looks at: nothing else is checked, and what was not checked must not be kept, nor train later. */
function onlyFeatures(asked: CaseRecord, { input }: Recipe): CaseRecord {
  if (asked.kind !== 'row' || input.kind !== 'table') return asked
  const cells = input.features.flatMap(({ name }) =>
    Object.hasOwn(asked.cells, name) ? [[name, asked.cells[name] ?? null] as const] : [],
  )
  return { kind: 'row', cells: Object.fromEntries(cells) }
}

/** The case as it is kept: another one, if the same question came in twice at the same time. */
async function keepCase(context: AgentContext, file: CaseFile): Promise<CaseFile> {
  return await context.database.transaction().execute(async transaction => {
    const known = await caseAskedBefore(transaction, file)
    if (known) return known
    await addCase(transaction, file)
    const { id, agent, version, decision } = file
    const isAnswered = decision.action === 'answer'
    await record(context, transaction, {
      kind: isAnswered ? 'case-answered' : 'case-deferred',
      body: {
        case: id,
        agent,
        version,
        threshold: decision.threshold,
        reason: decision.reason,
        propensity: decision.propensities[decision.action],
      },
    })
    if (isAnswered) await meterAnswer(context, transaction, { version, case: id, by: 'agent' })
    return file
  })
}
