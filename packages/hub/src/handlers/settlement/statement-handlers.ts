import { type Statement, signersOf } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubHandler } from '../../callers.ts'
import { countersign, type SigningRules } from '../../documents/countersign.ts'
import type { Series } from '../../documents/countersigned-store.ts'
import { readRoster } from '../../documents/roster.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { readFilledPage } from '../../settlement/filled-page.ts'
import { proposeStatement, readStatement, statementSeries } from '../../settlement/statements.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

type StatementContext = LogOwner & { readonly database: HubDatabase }

/** Works a month out and puts the statement up for signature. */
export function makeStatement(context: StatementContext): HubHandler<'makeStatement'> {
  return async ({ params, query }) => {
    const name = { ...params, ...query }
    await proposeStatement(context, name)
    return await readStatement(context.database, name)
  }
}

/** Shows a month's statement and what it was worked out from. */
export function getStatement({ database }: Pick<StatementContext, 'database'>): HubHandler<'getStatement'> {
  return ({ params, query }) => readStatement(database, { ...params, ...query })
}

/** Shows a sealed page of usage events, also one that was archived. */
export function getUsagePage(
  context: Pick<StatementContext, 'database'> & { readonly blobs: BlobStore },
): HubHandler<'getUsagePage'> {
  return ({ params }) => readFilledPage(context, params.page)
}

/** Adds a partner's signature to the proposed statement. */
export function signStatement(context: StatementContext): HubHandler<'signStatement'> {
  return async ({ params, query, body: { statement: digest, signature }, caller }) => {
    const name = { ...params, ...query }
    const { series } = await statementSeries(context.database, name)
    await countersign(context, rulesOf(series), { digest, signature, caller })
    return await readStatement(context.database, name)
  }
}

/** All sign who are in the statement and still on the roster. */
function rulesOf(series: Series<Statement>): SigningRules<Statement> {
  return {
    series,
    missing: async (signed, transaction) => {
      const signers = signersOf(signed)
      const members = (await readRoster(transaction)).inForce?.document.members ?? []
      const lines = signed.document.lines.map(({ member }) => member)
      return members.filter(({ id, key }) => lines.includes(id) && !signers.has(key)).map(({ name }) => name)
    },
    hint: 'More usage came in meanwhile: look at the statement again, and sign that one.',
  }
}
