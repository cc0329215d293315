import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { ServingTables } from '../tables.ts'
import { createFlights, type Flights } from './flights.ts'
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

/** A receiver that hangs is waited for so long. */
const attemptMs = 10_000
/** Timers do not reach further than 24 days, and clocks are set. */
const lookMs = 60_000

/**
 * Delivers what is in the outbox, at least once each, for as long as it lives; what a crash cut short is sent again.
 */
export function startDeliveries(setup: DeliverySetup, signal: AbortSignal): Deliveries {
  let waking = new AbortController()
  const wake = (): void => waking.abort()
  const flights = createFlights()
  const underWay = new Set<Promise<void>>()
  const start = (webhook: Webhook): void => {
    const flight = attempt(setup, webhook, signal)
      .catch(async error => {
        setup.onError?.(error)
        await sleep(lookMs, undefined, { signal }).catch(() => {})
      })
      .finally(() => {
        flights.land(webhook)
        underWay.delete(flight)
        wake()
      })
    underWay.add(flight)
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      waking = new AbortController()
      const either = AbortSignal.any([signal, waking.signal])
      const ms = await startDue(setup, flights, start).catch(error => {
        setup.onError?.(error)
        return lookMs
      })
      await sleep(Math.min(ms, lookMs), undefined, { signal: either }).catch(() => {})
    }
    await Promise.all(underWay)
  }
  return { wake, done: run() }
}

/** Starts what is due and may start. Returns how long there is nothing more to start, in milliseconds. */
async function startDue(
  { database, now }: DeliverySetup,
  flights: Flights,
  start: (webhook: Webhook) => void,
): Promise<number> {
  for (;;) {
    const at = now() // one moment for both looks: what comes due between two would be in neither
    const due = await dueWebhooks(database, at, flights.held())
    for (const webhook of due) if (flights.take(webhook)) start(webhook)
    if (due.length > 0) continue
    const next = await nextWebhookAt(database, at)
    return next ? Math.max(1, next.getTime() - now().getTime()) : lookMs
  }
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
