import { type Caller, withOptions } from '@consort/protocol'

/** How long a person waits for the hub, all calls of one request together, in milliseconds. */
const personWaitsMs = 5000

/** What is left of a person's patience with the hub, in one request. */
export interface Patience {
  /** Calls that have no time of their own end, as `unreachable`, when none is left. */
  readonly call: Caller
  /** In milliseconds, at least 1. It runs out only while the hub is waited for: reading a large file takes its time. */
  readonly leftMs: () => number
}

/** The hub for one request of somebody who waits. What is still to be told then is told by the outbox. */
export function openPatience(call: Caller): Patience {
  let restMs = personWaitsMs
  let open = 0
  let since = 0
  const waitedMs = () => (open > 0 ? performance.now() - since : 0)
  const leftMs = () => Math.max(1, Math.ceil(restMs - waitedMs()))
  const begin = () => {
    if (open === 0) since = performance.now()
    open += 1
  }
  const end = () => {
    restMs -= open === 1 ? waitedMs() : 0
    open -= 1
  }
  const hurried = withOptions(
    call,
    options => {
      begin()
      return { timeoutMs: leftMs(), ...options }
    },
    end,
  )
  return { call: hurried, leftMs }
}

/** The same for whoever only calls. */
export function promptly(call: Caller): Caller {
  return openPatience(call).call
}
