import { startDeliveries, type WebhookFetch, webhookSecretOf } from '@consort/serving'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { fetchPastProxies } from '../hub/proxy/outgoing.ts'
import type { AllTables } from '../tables/agent-tables.ts'

/** What a test may replace. */
export interface AgentParts {
  readonly fetchWebhook: WebhookFetch
  /** How long to wait after each attempt to deliver a webhook. */
  readonly webhookDelaysMs: readonly number[]
}

/** What delivering webhooks needs. */
interface DeliveryContext {
  readonly database: Kysely<AllTables>
  readonly splitKey: Uint8Array
  readonly now: () => Date
  readonly log: Pick<Logger, 'info' | 'error'>
}

/**
 * Delivers webhooks, when `deliver` is set, until the stack ends. Returns what is called when something was put into
 * the outbox.
 */
export function openDeliveries(
  stack: AsyncDisposableStack,
  context: DeliveryContext,
  { deliver, parts, closing }: { deliver: boolean; parts: Partial<AgentParts>; closing: AbortController },
): () => void {
  const deliveries = deliver ? deliveriesOf(context, parts, closing.signal) : undefined
  stack.defer(async () => {
    closing.abort()
    await deliveries?.done
  })
  return () => deliveries?.wake()
}

function deliveriesOf(
  { database, splitKey, now, log }: DeliveryContext,
  { fetchWebhook = fetchPastProxies, webhookDelaysMs }: Partial<AgentParts>,
  signal: AbortSignal,
): ReturnType<typeof startDeliveries> {
  const setup = {
    database,
    secretOf: (key: string) => webhookSecretOf(splitKey, key),
    fetch: fetchWebhook,
    now,
    delaysMs: webhookDelaysMs,
    onAttempt: (attempt: object) => log.info(attempt, 'webhook-attempted'),
    onError: (error: unknown) => log.error({ error: String(error) }, 'webhooks-stuck'),
  }
  return startDeliveries(setup, signal)
}
