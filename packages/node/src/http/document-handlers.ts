import { hubEndpoints } from '@consort/protocol'
import type { NodeHandler } from '../caller.ts'
import { confirmAgreement } from '../hub/agreements.ts'
import { confirmRoster } from '../hub/rosters.ts'
import { reconcileBudgets } from '../ledgers/reconcile.ts'
import { showBudgets } from '../ledgers/show-budgets.ts'
import { confirmStatement } from '../settlement/statements.ts'

/** What the handlers of documents and budgets hand on to the rooms below them. */
export type DocumentContext = Parameters<typeof confirmRoster>[0] &
  Parameters<typeof confirmAgreement>[0] &
  Parameters<typeof confirmStatement>[0] &
  Parameters<typeof showBudgets>[0] &
  Parameters<typeof reconcileBudgets>[0]

interface DocumentHandlers {
  readonly showRoster: NodeHandler<'showRoster'>
  readonly confirmRoster: NodeHandler<'confirmRoster'>
  readonly showAgreement: NodeHandler<'showAgreement'>
  readonly confirmAgreement: NodeHandler<'confirmAgreement'>
  readonly confirmStatement: NodeHandler<'confirmStatement'>
  readonly showBudgets: NodeHandler<'showBudgets'>
  readonly reconcileBudgets: NodeHandler<'reconcileBudgets'>
}

/** Lists what the node answers about the documents that it signs and the budgets that it keeps. */
export function documentHandlers(context: DocumentContext): DocumentHandlers {
  return {
    showRoster: () => context.call(hubEndpoints.getRoster),
    confirmRoster: ({ body: { version } }) => confirmRoster(context, version),
    showAgreement: () => context.call(hubEndpoints.getAgreement),
    confirmAgreement: ({ body: { agreement } }) => confirmAgreement(context, agreement),
    confirmStatement: ({ params, query }) => confirmStatement(context, { ...params, ...query }),
    showBudgets: () => showBudgets(context),
    reconcileBudgets: () => reconcileBudgets(context),
  }
}
