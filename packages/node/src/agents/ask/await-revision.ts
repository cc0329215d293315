import { type EventEmitter, once } from 'node:events'
import type { Id } from '@consort/protocol'
import { type AskedCase, type Holder, type ReviewReader, readAsked } from '@consort/review'

/** A case of which a caller knows a revision. */
export interface AwaitedCase {
  readonly id: Id<'case'>
  /** Whose case it has to be; anybody's when absent. */
  readonly askedBy: Holder | undefined
  /** The revision that is known already. */
  readonly after: number
  readonly waitSeconds: number
}

/** Waits for news of a case. */
export type AwaitRevision = (awaited: AwaitedCase) => Promise<AskedCase>

/** What waiting needs. */
export interface RevisionContext {
  readonly database: ReviewReader
  /** Emits the id of a case when a person has answered it, or its caller has taken it back. */
  readonly news: EventEmitter
  /** Aborted when the node closes: nothing is worth waiting for any more. */
  readonly closing: AbortSignal
}

/**
 * Makes what reads a case as soon as it has a later revision than the known one, or as it is when the wait is over or
 * the node closes. It throws `not-found`.
 */
export function createAwaitRevision({ database, news, closing }: RevisionContext): AwaitRevision {
  return async ({ id, askedBy, after, waitSeconds }) => {
    if (waitSeconds === 0) return await readAsked(database, id, { askedBy })
    const over = AbortSignal.any([closing, AbortSignal.timeout(waitSeconds * 1000)])
    for (;;) {
      const listening = new AbortController()
      const signal = AbortSignal.any([over, listening.signal])
      // Listen first, look then: what happens in between is not missed.
      const heard = once(news, id, { signal }).catch(() => {})
      try {
        const asked = await readAsked(database, id, { askedBy })
        if (revisionOf(asked) > after || over.aborted) return asked
        await heard
      } finally {
        listening.abort()
      }
    }
  }
}

/** What an agent answered alone never changes. */
function revisionOf(asked: AskedCase): number {
  return asked.kind === 'case' ? asked.file.revision : 1
}
