import { encodeCase, readRecord } from '@consort/data'
import { digestOfJson, type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import { type AskedCase, askedBefore, askedView } from '@consort/review'
import { checkWebhookUrl } from '@consort/serving'
import { askerOf, type KnownCaller, type NodeHandler } from '../../caller.ts'
import { checkMayAsk } from '../registry/may-ask.ts'
import type { AskContext } from './ask-context.ts'
import { disclosedView } from './disclosed-view.ts'

type Asked = Parsed<typeof nodeEndpoints.askAgent> & { readonly caller: KnownCaller }

/**
 * Answers a case or defers it to a person, for whom it waits a while if asked to. It is kept before anyone hears of it;
 * the same question under the same key gets the same case, however often it is sent.
 */
export function askAgent(context: AskContext): NodeHandler<'askAgent'> {
  return async asked => {
    const view = askedView(await caseOf(context, asked))
    if (view.state !== 'deferred' || asked.query.wait === 0) return disclosedView(view, asked.caller)
    const waiting = { id: view.id, askedBy: undefined, after: view.revision, waitSeconds: asked.query.wait }
    return disclosedView(askedView(await context.awaitRevision(waiting)), asked.caller)
  }
}

async function caseOf(context: AskContext, asked: Asked): Promise<AskedCase> {
  const { idempotencyKey, ...question } = asked.body
  const askedBy = askerOf(asked.caller)
  const requestDigest = digestOfJson({ agent: asked.params.agent, ...question })
  const known = await askedBefore(context.database, { askedBy, idempotencyKey, requestDigest })
  if (known) return known
  checkWebhook(asked)
  checkMayAsk(asked.caller, asked.params.agent)
  const agent = await context.agents.of(asked.params.agent)
  // what was not checked must not be kept, nor train later
  const record = readRecord(question.record, agent.recipe.input)
  const input = await encodeCase(record, agent.recipe)
  const [outcome] = await context.ask(agent, {
    caller: asked.caller,
    questions: [
      {
        input,
        record: () => record,
        asking: { idempotencyKey, requestDigest },
        webhook: question.webhook ?? null,
      },
    ],
  })
  return outcome!.asked
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
