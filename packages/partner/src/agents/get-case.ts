import { once } from 'node:events'
import type { CaseView, nodeEndpoints, Parsed } from '@consort/protocol'
import { caseView, readCase } from '@consort/review'
import { askerOf, type NodeCaller } from '../local/admission.ts'
import type { AgentContext } from './context.ts'

type Asked = Parsed<typeof nodeEndpoints.getCase> & { caller: NodeCaller }

/** One case of the caller's (any case, for the operator), as soon as it has a revision after `after` or the wait is over. */
export async function getCase(
  context: AgentContext,
  { params, query: { after, wait }, caller }: Asked,
): Promise<CaseView> {
  const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
  const over = AbortSignal.any([context.closing, AbortSignal.timeout(wait * 1000)])
  for (;;) {
    const listening = new AbortController()
    const signal = AbortSignal.any([over, listening.signal])
    // Listen first, look then: what happens in between is not missed.
    const news = once(context.news, params.case, { signal }).catch(() => {})
    try {
      const file = await readCase(context.database, params.case, { askedBy })
      if (file.revision > after || wait === 0) return caseView(file)
      await news
      if (over.aborted) return caseView(file)
    } finally {
      listening.abort()
    }
  }
}
