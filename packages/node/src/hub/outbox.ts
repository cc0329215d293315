import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createBackoff } from './retry.ts'

/** One sort of news for the hub. Its own table says what is still to be told. */
export interface OutgoingNews {
  readonly name: string
  /** Tells the hub all of it, and may be repeated at any time. Throws where some of it has to be told later. */
  readonly tell: () => Promise<void>
}

/** Tells the hub in the background what the node has written down, so that nobody who waits here waits for the hub. */
export interface Outbox {
  /** Looks now: something was written down. */
  wake(): void
  /** Ends when the signal aborts. */
  readonly done: Promise<void>
}

/** How soon news are told of which nobody has given notice, such as an agent's answers: many go with one call. */
const lookMs = 10_000

/** Starts telling; what cannot be told is tried again, ever more slowly. */
export function startOutbox(
  news: readonly OutgoingNews[],
  { log, signal }: { log: Logger; signal: AbortSignal },
): Outbox {
  let waking = new AbortController()
  const backoff = createBackoff()
  const tellAll = async (): Promise<boolean> => {
    let isTold = true
    for (const { name, tell } of news) {
      await tell().catch(error => {
        isTold = false
        if (!signal.aborted) log.warn({ news: name, error: String(error) }, 'hub-not-told')
      })
    }
    return isTold
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      waking = new AbortController()
      if (await tellAll()) {
        backoff.succeeded()
        const either = AbortSignal.any([signal, waking.signal])
        await sleep(lookMs, undefined, { signal: either }).catch(() => {})
      } else await backoff.pause(signal, waking.signal)
    }
  }
  return { wake: () => waking.abort(), done: run() }
}
