import { idSchema, Refusal } from '@consort/protocol'
import { askedView, type CasePlace, listAsked, placeOf } from '@consort/review'
import { askerOf, type NodeHandler } from '../../caller.ts'
import type { AskContext } from './ask-context.ts'
import { disclosedView } from './disclosed-view.ts'

/** Lists the caller's cases (everybody's, for the operator), the newest first, page by page. */
export function listCases({ database }: Pick<AskContext, 'database'>): NodeHandler<'listCases'> {
  return async ({ query: { agent, state, before, limit }, caller }) => {
    const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
    const place = before === undefined ? undefined : placeIn(before)
    const cases = await listAsked(database, { askedBy, agent, state, before: place, limit: limit + 1 })
    const page = cases.slice(0, limit)
    const last = page.at(-1)
    return {
      cases: page.map(asked => disclosedView(askedView(asked), caller)),
      next: cases.length > limit && last ? textOf(placeOf(last)) : null,
    }
  }
}

function textOf({ asked, id }: CasePlace): string {
  return `${asked}_${id}`
}

function placeIn(text: string): CasePlace {
  const end = text.indexOf('_')
  const id = idSchema('case').safeParse(text.slice(end + 1))
  if (id.success) return { asked: text.slice(0, end), id: id.data }
  throw new Refusal('input-invalid', 'There is no such page of cases', {
    hint: 'Give `before` what `next` of the page before said, or leave it out.',
    path: 'before',
  })
}
