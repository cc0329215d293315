import { type Caller, withOptions } from '@consort/protocol'

/** How long a person waits for the hub, all calls of one request together, in milliseconds. */
export const personWaitsMs = 5000

/**
 * The hub for somebody who waits: calls that have no time of their own end `personWaitsMs` from now, as `unreachable`.
 * What is still to be told then is told by the outbox.
 */
export function promptly(call: Caller): Caller {
  const until = performance.now() + personWaitsMs
  return withOptions(call, options => ({
    timeoutMs: Math.max(1, Math.ceil(until - performance.now())),
    ...options,
  }))
}
