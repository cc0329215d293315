import { once } from 'node:events'
import { type AskedCase, readAsked } from '@consort/review'
import type { AgentContext } from '../context.ts'

export interface AwaitedCase {
  readonly id: string
  /** Whose case it has to be; anybody's when absent. */
  readonly askedBy: string | undefined
  /** The revision that is known already. */
  readonly after: number
  readonly waitSeconds: number
}

/**
 * A case as soon as it has a later revision than the known one, or as it is when the wait is over or the node closes.
 * Throws `not-found`.
 */
export async function awaitRevision(
  context: Pick<AgentContext, 'database' | 'news' | 'closing'>,
  { id, askedBy, after, waitSeconds }: AwaitedCase,
): Promise<AskedCase> {
  if (waitSeconds === 0) return await readAsked(context.database, id, { askedBy })
  const over = AbortSignal.any([context.closing, AbortSignal.timeout(waitSeconds * 1000)])
  for (;;) {
    const listening = new AbortController()
    const signal = AbortSignal.any([over, listening.signal])
    // Listen first, look then: what happens in between is not missed.
    const news = once(context.news, id, { signal }).catch(() => {})
    try {
      const asked = await readAsked(context.database, id, { askedBy })
      if (revisionOf(asked) > after || over.aborted) return asked
      await news
    } finally {
      listening.abort()
    }
  }
}

/** What an agent answered alone never changes. */
function revisionOf(asked: AskedCase): number {
  return asked.kind === 'case' ? asked.file.revision : 1
}
