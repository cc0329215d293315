import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { type AttemptStatus, afterAttempt, retryDelaysMs } from './next-attempt.ts'
import { signWebhook } from './sign-webhook.ts'
import { dueWebhooks, nextWebhookAt, noteAttempt, type Webhook } from './webhook-store.ts'

/** The part of `fetch` that is used. */
export type WebhookFetch = (
  url: string,
  init: {
    method: 'POST'
    headers: Record<string, string>
    body: string
    redirect: 'manual'
    signal: AbortSignal
  },
) => Promise<{ readonly status: number; readonly body?: { cancel(): Promise<void> } | null }>

export interface DeliverySetup {
  readonly database: Kysely<ServingTables>
  /** The signing secret of an access key. */
  readonly secretOf: (key: string) => string
  readonly fetch: WebhookFetch
  readonly now: () => Date
  readonly delaysMs?: readonly number[] | undefined
  /** Told what each attempt came to. */
  readonly onAttempt?: (webhook: {
    id: string
    attempts: number
    state: string
    status: AttemptStatus
  }) => void
  /** Told when the outbox itself cannot be read or written; it is tried again. */
  readonly onError?: (error: unknown) => void
}

export interface Deliveries {
  /** Looks into the outbox now: something was put there. */
  wake(): void
  /** Ends when `signal` aborts. */
  readonly done: Promise<void>
}

/** At once; a receiver that hangs holds up the others of its group for no longer than this. */
const groupMax = 16
const attemptMs = 10_000
/** Timers do not reach further than 24 days, and clocks are set. */
const lookMs = 60_000

/**
 * Delivers what is in the outbox, at least once each, for as long as it lives; what a crash cut short is sent again.
 */
export function startDeliveries(setup: DeliverySetup, signal: AbortSignal): Deliveries {
  let waking = new AbortController()
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      waking = new AbortController()
      const ms = await deliverDue(setup, signal).catch(error => {
        setup.onError?.(error)
        return lookMs
      })
      const either = AbortSignal.any([signal, waking.signal])
      if (ms > 0) await sleep(Math.min(ms, lookMs), undefined, { signal: either }).catch(() => {})
    }
  }
  return { wake: () => waking.abort(), done: run() }
}

/** Returns how long there is nothing to do, in milliseconds. */
async function deliverDue(setup: DeliverySetup, signal: AbortSignal): Promise<number> {
  const { database, now } = setup
  const due = await dueWebhooks(database, now(), groupMax)
  await Promise.all(due.map(webhook => attempt(setup, webhook, signal)))
  if (due.length > 0) return 0
  const next = await nextWebhookAt(database)
  return next ? Math.max(1, next.getTime() - now().getTime()) : lookMs
}

async function attempt(setup: DeliverySetup, webhook: Webhook, signal: AbortSignal): Promise<void> {
  const status = await send(setup, webhook, signal)
  if (signal.aborted) return
  const { id, attempts } = webhook
  const after = afterAttempt(status, attempts + 1, setup.delaysMs ?? retryDelaysMs)
  await noteAttempt(setup.database, webhook, after, setup.now())
  setup.onAttempt?.({ id, attempts: attempts + 1, state: after.state, status })
}

async function send(
  { secretOf, fetch, now }: DeliverySetup,
  { id, key, url, body }: Webhook,
  signal: AbortSignal,
): Promise<AttemptStatus> {
  const timestamp = Math.floor(now().getTime() / 1000)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signWebhook({ id, timestamp, body }, secretOf(key)),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]),
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return undefined
  }
}
