import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal, type RefusalCode } from '@consort/protocol'

/** What may pass by itself: the hub restarts, a link is cut, a disk is being cleaned. */
const passing: ReadonlySet<RefusalCode> = new Set(['unreachable', 'busy', 'disk-full', 'internal'])

export function isPassing(error: unknown): boolean {
  return error instanceof Refusal && passing.has(error.code)
}

const firstMs = 100
const longestMs = 15_000

/** The wait before attempt `attempt` + 1: doubling from 0.1 s to 15 s, each time shortened by chance so that nodes spread. */
export function backoffMs(attempt: number, uniform: () => number): number {
  const full = Math.min(firstMs * 2 ** attempt, longestMs)
  return full * (0.5 + uniform() / 2)
}

export interface RetryOptions {
  readonly signal: AbortSignal
  /** No attempt begins after this long. */
  readonly withinMs: number
  readonly onRetry?: (error: unknown, attempt: number) => void
}

/** Repeats `action` while what stops it may pass. It must be safe to repeat. */
export async function retry<T>(
  action: () => Promise<T>,
  { signal, withinMs, onRetry }: RetryOptions,
): Promise<T> {
  const until = performance.now() + withinMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error
      onRetry?.(error, attempt)
      await sleep(backoffMs(attempt, Math.random), undefined, { signal })
    }
  }
}
