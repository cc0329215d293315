import { broughtBy, makePage, makePagedStatement } from '@consort/agreements'
import {
  type Caller,
  type Digest,
  digestOfDocument,
  type FilledUsagePage,
  hubEndpoints,
  type SignedUsage,
  type StatementView,
} from '@consort/protocol'
import type { Network } from './network.ts'

/** What a hub shows in place of a page. */
export type PageLie = (page: FilledUsagePage) => FilledUsagePage

/** A hub that shows other pages than it has, under the same names. */
export function showingPages(lie: PageLie): (call: Caller) => Caller {
  return call =>
    (async (endpoint, ...rest) => {
      const answer = await call(endpoint, ...rest)
      return (endpoint as unknown) === hubEndpoints.getUsagePage ? lie(answer as FilledUsagePage) : answer
    }) as Caller
}

/** Pages of usage events that a hub makes up of those that it was told. */
export type MadeUp = (pages: readonly SignedUsage[][]) => SignedUsage[][]

/** A hub that proposes a statement of other pages than it should: everything in it says what these come to. */
export function proposingPages(network: Network, makeUp: MadeUp): (call: Caller) => Caller {
  const shown = new Map<Digest, FilledUsagePage>()
  const forge = async (view: StatementView): Promise<StatementView> => {
    const statement = view.proposed?.document
    if (!statement || !('pages' in statement)) throw new Error('no statement with pages is proposed')
    const honest = statement.pages.map(page =>
      network.operator(hubEndpoints.getUsagePage, { params: { page } }),
    )
    const { agreement, month } = statement
    const events = makeUp((await Promise.all(honest)).map(filled => filled.events))
    const pages = events.map((some, index) => makePage({ agreement, month, number: index + 1 }, some))
    for (const [index, page] of pages.entries())
      shown.set(digestOfDocument(page), { page, events: events[index]! })
    const terms = (await network.operator(hubEndpoints.getAgreement)).inForce!.document
    const roster = (await network.operator(hubEndpoints.getRoster)).inForce!.document
    const brought = broughtBy(view.lineage)
    const document = makePagedStatement({ agreement: terms, roster, month, pages, brought })
    return { ...view, proposed: { ...view.proposed!, document } }
  }
  return call =>
    (async (endpoint, ...rest) => {
      if ((endpoint as unknown) === hubEndpoints.getUsagePage) {
        const [{ params }] = rest as unknown as [{ params: { page: Digest } }]
        const page = shown.get(params.page)
        if (page) return page
      }
      const answer = await call(endpoint, ...rest)
      return (endpoint as unknown) === hubEndpoints.getStatement ? await forge(answer as never) : answer
    }) as Caller
}
