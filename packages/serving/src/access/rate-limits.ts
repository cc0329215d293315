import { Refusal } from '@consort/protocol'
import type { AccessHolder } from './key-store.ts'

export interface RateLimits {
  /** Counts one request of a key. Throws `rate-limited` with the seconds after which one is let through. */
  check(holder: Pick<AccessHolder, 'id' | 'name' | 'limits'>): void
}

interface Bucket {
  tokens: number
  filledMs: number
}

const minuteMs = 60_000

/** Sums of fractions end a little beside whole tokens and seconds; whoever comes back when told to must find one. */
const rounding = 1e-6

/**
 * A token bucket for each key: it holds the requests of one minute and fills evenly, so that n a minute may come all at
 * once, and in no stretch of t minutes more than n · (1 + t). A refused request takes nothing. Kept in memory: a
 * restart fills every bucket.
 *
 * @param nowMs a clock that never goes back, in milliseconds.
 */
export function createRateLimits(nowMs: () => number): RateLimits {
  const buckets = new Map<string, Bucket>()
  return {
    check({ id, name, limits: { requestsPerMinute } }) {
      if (requestsPerMinute === null) return
      const perMs = requestsPerMinute / minuteMs
      const now = nowMs()
      const bucket = buckets.get(id) ?? { tokens: requestsPerMinute, filledMs: now }
      bucket.tokens = Math.min(requestsPerMinute, bucket.tokens + (now - bucket.filledMs) * perMs)
      bucket.filledMs = now
      buckets.set(id, bucket)
      if (bucket.tokens < 1 - rounding)
        throw tooMany({ name, requestsPerMinute }, (1 - bucket.tokens) / perMs)
      bucket.tokens -= 1
    },
  }
}

function tooMany(
  { name, requestsPerMinute }: { name: string; requestsPerMinute: number },
  waitMs: number,
): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000 - rounding))
  return new Refusal('rate-limited', `The key ${name} is good for ${requestsPerMinute} requests a minute`, {
    hint: `Try again in ${seconds} s. Wait for a case with \`wait\` or a webhook instead of asking often.`,
    retryAfterSeconds: seconds,
  })
}
