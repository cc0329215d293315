import type { HeldWebhooks, Webhook } from './webhook-store.ts'

/** At a time to one address, in the name of one key, and in all: who hangs holds up itself, and nobody else. */
const addressMax = 2
const keyMax = 8
const flightsMax = 256

/** The messages that are under way. */
export interface Flights {
  /** Returns true when a message may start, which counts from then on. */
  take(webhook: Webhook): boolean
  land(webhook: Webhook): void
  /** Says what cannot start now. */
  held(): HeldWebhooks
}

/** Starts with none. */
export function createFlights(): Flights {
  const ids = new Set<Webhook['id']>()
  const addresses = new Map<string, number>()
  const keys = new Map<Webhook['key'], number>()
  const count = <K>(counts: Map<K, number>, of: K, by: 1 | -1): void => {
    const left = (counts.get(of) ?? 0) + by
    if (left > 0) counts.set(of, left)
    else counts.delete(of)
  }
  const full = <K>(counts: Map<K, number>, max: number): K[] =>
    [...counts].filter(([, number]) => number >= max).map(([of]) => of)
  return {
    take({ id, url, key }) {
      const isFull =
        (addresses.get(url) ?? 0) >= addressMax || (keys.get(key) ?? 0) >= keyMax || ids.size >= flightsMax
      if (isFull || ids.has(id)) return false
      ids.add(id)
      count(addresses, url, 1)
      count(keys, key, 1)
      return true
    },
    land({ id, url, key }) {
      ids.delete(id)
      count(addresses, url, -1)
      count(keys, key, -1)
    },
    held: () => ({
      ids: [...ids],
      urls: full(addresses, addressMax),
      keys: full(keys, keyMax),
      limit: flightsMax - ids.size,
    }),
  }
}
