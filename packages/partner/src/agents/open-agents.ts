import { EventEmitter } from 'node:events'
import { openPredictor, startDeliveries, type WebhookFetch, webhookSecretOf } from '@consort/serving'
import { openLocalBlobs } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { AgentContext } from './context.ts'
import { createOneAtATime } from './one-at-a-time.ts'
import { createPredictors } from './predictors.ts'
import type { AllTables } from './tables.ts'
import { servedCard, servedWeights, sweepVersions } from './versions.ts'

/** What a test may replace. */
export interface AgentParts {
  readonly fetchWebhook: WebhookFetch
  /** How long to wait after each attempt to deliver a webhook. */
  readonly webhookDelaysMs: readonly number[]
}

/**
 * Makes ready what agents need: models are opened when they are first asked, webhooks are delivered when `deliver` is set.
 * Everything ends with the stack.
 */
export async function openAgents(
  stack: AsyncDisposableStack,
  context: NodeContext & { readonly database: Kysely<AllTables> },
  { deliver, parts }: { deliver: boolean; parts: Partial<AgentParts> },
): Promise<AgentContext> {
  const { database, directory, files, now, log, splitKey } = context
  const models = openLocalBlobs(files, directory.at('models'))
  const closing = new AbortController()
  const news = new EventEmitter().setMaxListeners(0)
  const predictors = stack.use(
    createPredictors(async (version, onEnd) => {
      const card = await servedCard({ database }, version)
      const source = { recipe: card.recipe, weights: await servedWeights({ models }, card) }
      return await openPredictor(source, { onEnd })
    }),
  )
  await sweepVersions({ database, models })
  const setup = {
    database,
    secretOf: (key: string) => webhookSecretOf(splitKey, key),
    fetch: parts.fetchWebhook ?? (fetch as WebhookFetch),
    now,
    delaysMs: parts.webhookDelaysMs,
    onAttempt: (attempt: object) => log.info(attempt, 'webhook-attempted'),
    onError: (error: unknown) => log.error({ error: String(error) }, 'webhooks-stuck'),
  }
  const deliveries = deliver ? startDeliveries(setup, closing.signal) : undefined
  stack.defer(async () => {
    closing.abort()
    await deliveries?.done
  })
  const wakeOutbox = () => deliveries?.wake()
  const oneAtATime = createOneAtATime()
  return { ...context, database, models, predictors, oneAtATime, news, wakeOutbox, closing: closing.signal }
}
