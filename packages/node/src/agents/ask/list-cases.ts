import { pageOf, parsePlace } from '@consort/protocol'
import { askedView, listAsked, placeOf } from '@consort/review'
import { askerOf, type NodeHandler } from '../../caller.ts'
import type { AskContext } from './ask-context.ts'
import { disclosedView } from './disclosed-view.ts'

/** Lists the caller's cases (everybody's, for the operator), the newest first, page by page. */
export function listCases({ database }: Pick<AskContext, 'database'>): NodeHandler<'listCases'> {
  return async ({ query: { agent, state, before, limit }, caller }) => {
    const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
    const place = parsePlace('case', before)
    const cases = await listAsked(database, { askedBy, agent, state, before: place, limit: limit + 1 })
    const { page, next } = pageOf(cases, { limit, placeOf })
    return { cases: page.map(asked => disclosedView(askedView(asked), caller)), next }
  }
}
