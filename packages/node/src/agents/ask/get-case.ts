import { askedView } from '@consort/review'
import { askerOf, type NodeHandler } from '../../caller.ts'
import type { AskContext } from './ask-context.ts'
import { disclosedView } from './disclosed-view.ts'

/**
 * Shows one case of the caller's (any case, for the operator), as soon as it has a revision after `after` or the wait
 * is over.
 */
export function getCase({ awaitRevision }: Pick<AskContext, 'awaitRevision'>): NodeHandler<'getCase'> {
  return async ({ params, query: { after, wait }, caller }) => {
    const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
    const asked = await awaitRevision({ id: params.case, askedBy, after, waitSeconds: wait })
    return disclosedView(askedView(asked), caller)
  }
}
