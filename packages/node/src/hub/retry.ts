import { setTimeout as sleep } from 'node:timers/promises'
import { isRefusal, Refusal, type RefusalCode } from '@consort/protocol'

/** What may pass: the hub restarts, a link is cut, a disk is being cleaned, one of the two sides is upgraded. */
const passing: ReadonlySet<RefusalCode> = new Set([
  'unreachable',
  'version-unsupported',
  'busy',
  'disk-full',
  'internal',
])

/** Returns true for a refusal that may pass, so that the same call is worth repeating. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refusal && passing.has(error.code)
}

/** Returns true where the hub is not there for this node: out of reach, or of a version that it does not understand. */
export function isHubAway(error: unknown): boolean {
  return isRefusal(error, 'unreachable') || isRefusal(error, 'version-unsupported')
}

const firstMs = 100
const longestMs = 15_000

/**
 * The wait before attempt `attempt` + 1: doubling from 0.1 s to 15 s, each time shortened by chance so that nodes
 * spread.
 */
function backoffMs(attempt: number, uniform: () => number): number {
  const full = Math.min(firstMs * 2 ** attempt, longestMs)
  return full * (0.5 + uniform() / 2)
}

export interface RetryOptions {
  readonly signal: AbortSignal
  /** No attempt begins after this long. */
  readonly withinMs: number
  /** The longest wait between two attempts; as for everybody when absent. */
  readonly pauseMaxMs?: number
  readonly onRetry?: (error: unknown, attempt: number) => void
}

/** Repeats `action` while what stops it may pass. It must be safe to repeat. Throws what stopped it last. */
export async function retry<T>(
  action: () => Promise<T>,
  { signal, withinMs, pauseMaxMs = longestMs, onRetry }: RetryOptions,
): Promise<T> {
  const until = performance.now() + withinMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      const leftMs = until - performance.now()
      if (!isPassing(error) || leftMs <= 0) throw error
      onRetry?.(error, attempt)
      const pauseMs = Math.min(backoffMs(attempt, Math.random), pauseMaxMs, leftMs)
      await sleep(pauseMs, undefined, { signal })
    }
  }
}

/** The pauses of a loop that goes on for ever, longer with each failure in a row. */
export interface Backoff {
  /** Of the failures in a row so far. */
  readonly failures: number
  /** Waits after a failure; less long when one of the signals aborts. */
  pause(...signals: readonly AbortSignal[]): Promise<void>
  succeeded(): void
}

/** Starts with no failure. */
export function createBackoff(): Backoff {
  let failures = 0
  return {
    get failures() {
      return failures
    },
    async pause(...signals) {
      const pauseMs = backoffMs(failures, Math.random)
      failures += 1
      await sleep(pauseMs, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => {})
    },
    succeeded() {
      failures = 0
    },
  }
}
