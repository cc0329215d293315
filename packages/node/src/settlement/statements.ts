import { setImmediate } from 'node:timers/promises'
import { broughtBy, checkStatement } from '@consort/agreements'
import {
  type Agreement,
  type Digest,
  type Document,
  digestOfDocument,
  documentSignatureHolds,
  hubEndpoints,
  type Id,
  Refusal,
  type Roster,
  type Signed,
  type SignedUsage,
  type Statement,
  type StatementView,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { Transaction } from 'kysely'
import { findInForce } from '../hub/agreement-store.ts'
import { currentAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'
import type { NodeReader, NodeTables } from '../tables/node-tables.ts'
import { checkPages } from './check-pages.ts'
import type { SettlementContext } from './context.ts'
import { answersSigned, keepSigned } from './signed-month-store.ts'
import { tellUsage } from './usage.ts'
import { markUsage, toldUsage } from './usage-store.ts'

/**
 * Works the proposed statement out anew, from usage and cards that their members signed, with all of this node's own
 * answers in it; signs it if every cent agrees. Throws `statement-wrong` with what is wrong.
 */
export async function confirmStatement(
  context: SettlementContext,
  { month, agreement: version }: { month: string; agreement?: number | undefined },
): Promise<StatementView> {
  await currentAgreement(context)
  await tellUsage(context)
  const asked = { params: { month }, query: { agreement: version } }
  const view = await context.call(hubEndpoints.getStatement, asked)
  const statement = view.proposed?.document
  if (!statement) {
    if (view.inForce) return view
    throw new Refusal('not-found', `The hub has proposed no statement for ${month}`, {
      hint: 'Its operator runs `consort statement make`.',
    })
  }
  const agreement = await findInForce(context.database, statement.agreement)
  if (!agreement) {
    throw new Refusal('statement-wrong', 'The statement is made by terms that were never in force here')
  }
  const roster = (await rosterFor(context, agreement.roster)).document
  await checkWorkedOut(context, { view, statement, month, agreement, roster })
  const digest: Digest = digestOfDocument(statement)
  const own = statement.lines.find(({ member }) => member === context.enrolment.member)?.answers ?? 0
  const about = { agreement: statement.agreement, month }
  await context.database.transaction().execute(async transaction => {
    await checkCountsNoFewer(transaction, about, own)
    await keepSigned(transaction, about, own)
    await appendEvent(context, transaction, { kind: 'statement-signed', body: { month, statement: digest } })
  })
  const body = { statement: digest, signature: signDocument(statement, context.key) }
  return await context.call(hubEndpoints.signStatement, { ...asked, body })
}

/**
 * Usage that a signed statement counts may be deleted here: another statement of the month may then not leave it out.
 * Throws `statement-wrong`.
 */
async function checkCountsNoFewer(
  transaction: Transaction<NodeTables>,
  about: { readonly agreement: Digest; readonly month: string },
  own: number,
): Promise<void> {
  const signed = await answersSigned(transaction, about)
  if (own >= signed) return
  throw new Refusal(
    'statement-wrong',
    `The statement counts ${own} answers of this node, and one that it signed counted ${signed}`,
    { hint: 'Show the hub’s operator the statement that was signed: `consort statement export`.' },
  )
}

interface Checked {
  readonly view: StatementView
  readonly statement: Statement
  readonly month: string
  readonly agreement: Agreement
  readonly roster: Roster
}

/** Works a statement out anew, of either edition. Throws `statement-wrong`. */
async function checkWorkedOut(
  context: SettlementContext,
  { view, statement, month, agreement, roster }: Checked,
): Promise<void> {
  for (const { cards } of view.lineage) {
    for (const card of cards) checkSigned(card, `The data card ${card.document.id}`, roster)
  }
  const inputs = { agreement, roster, month, brought: broughtBy(view.lineage) }
  const own = { month, agreement: statement.agreement }
  if ('pages' in statement) {
    const { pages, counted } = await checkPages(context, { ...statement, month }, roster)
    await checkOwnUsage(context, counted, own)
    checkStatement(statement, { ...inputs, pages })
    return
  }
  for (const event of view.usage) checkSigned(event, `The usage event ${event.document.id}`, roster)
  const usages = view.usage.map(({ document }) => document)
  await checkOwnUsage(context, new Set(usages.map(({ id }) => id)), own)
  checkStatement(statement, { ...inputs, usages })
}

/**
 * A hub can neither invent nor alter what members told. Which cards belong to which version is still its word: the
 * model card that this node served from says the same.
 */
function checkSigned(signed: Signed<Document & { member: string }>, what: string, { members }: Roster): void {
  const key = members.find(({ id }) => id === signed.document.member)?.key
  const signature = signed.signatures.find(entry => entry.key === key)
  if (signature && documentSignatureHolds(signed.document, signature)) return
  throw new Refusal('statement-wrong', `${what} is not signed by the member that it names`)
}

/**
 * Throws `statement-wrong` unless every answer that the hub acknowledged to this node is among those counted. Else they
 * are marked as counted, so that what is told later is known to be in no statement.
 */
async function checkOwnUsage(
  { database }: SettlementContext,
  counted: ReadonlySet<Id<'usage'>>,
  { month, agreement }: { month: string; agreement: Digest },
): Promise<void> {
  const own = (told: readonly SignedUsage[]) =>
    told.filter(({ document }) => document.agreement === agreement)
  for await (const told of toldInTurn(database, month)) {
    const dropped = own(told).find(({ document }) => !counted.has(document.id))
    if (!dropped) continue
    throw new Refusal('statement-wrong', `The hub left out the answer ${dropped.document.id} of this node`, {
      hint: 'Where it was told after the statement was made, the hub’s operator makes the statement again: `consort statement make`. Otherwise show the entry of this node’s event log.',
    })
  }
  for await (const told of toldInTurn(database, month)) {
    const found = own(told).filter(({ document }) => counted.has(document.id))
    if (found.length > 0) await markUsage(database, found, 'counted')
  }
}

/** All answers of a month that the hub has acknowledged, some at a time, with turns for everyone else. */
async function* toldInTurn(database: NodeReader, month: string): AsyncGenerator<SignedUsage[], void> {
  for (let after: Id<'usage'> | undefined; ; await setImmediate()) {
    const told = await toldUsage(database, month, after)
    after = told.at(-1)?.document.id
    if (after === undefined) return
    yield told
  }
}
