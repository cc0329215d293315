import type { nodeEndpoints, Parsed, Result } from '@consort/protocol'
import { askedView, type CasePlace, listAsked, placeOf } from '@consort/review'
import { askerOf, type KnownCaller } from '../../caller.ts'
import type { AgentContext } from '../context.ts'

type Asked = Parsed<typeof nodeEndpoints.listCases> & { caller: KnownCaller }

/** The caller's cases (everybody's, for the operator), the newest first, page by page. */
export async function listCases(
  { database }: AgentContext,
  { query: { agent, state, before, limit }, caller }: Asked,
): Promise<Result<typeof nodeEndpoints.listCases>> {
  const askedBy = caller.kind === 'operator' ? undefined : askerOf(caller)
  const place = before === undefined ? undefined : placeIn(before)
  const cases = await listAsked(database, { askedBy, agent, state, before: place, limit: limit + 1 })
  const page = cases.slice(0, limit)
  const last = page.at(-1)
  return { cases: page.map(askedView), next: cases.length > limit && last ? textOf(placeOf(last)) : null }
}

function textOf({ asked, id }: CasePlace): string {
  return `${asked}_${id}`
}

function placeIn(text: string): CasePlace {
  const end = text.indexOf('_')
  return { asked: text.slice(0, end), id: text.slice(end + 1) }
}
