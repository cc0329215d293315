import { broughtBy, checkStatement } from '@consort/agreements'
import {
  type Digest,
  type Document,
  digestOfDocument,
  documentSignatureHolds,
  hubEndpoints,
  Refusal,
  type Roster,
  type Signed,
  type StatementView,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { findInForce } from '../hub/agreement-store.ts'
import { currentAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'
import type { SettlementContext } from './context.ts'
import { tellUsage } from './usage.ts'
import { toldUsage } from './usage-store.ts'

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
  checkSigned(view, roster)
  await checkOwnUsage(context, view, { month, agreement: statement.agreement })
  const usages = view.usage.map(({ document }) => document)
  checkStatement(statement, { agreement, roster, month, usages, brought: broughtBy(view.lineage) })
  const digest: Digest = digestOfDocument(statement)
  await context.database
    .transaction()
    .execute(transaction =>
      appendEvent(context, transaction, { kind: 'statement-signed', body: { month, statement: digest } }),
    )
  const body = { statement: digest, signature: signDocument(statement, context.key) }
  return await context.call(hubEndpoints.signStatement, { ...asked, body })
}

/**
 * A hub can neither invent nor alter what members told. Which cards belong to which version is still its word: the
 * model card that this node served from says the same.
 */
function checkSigned({ usage, lineage }: StatementView, { members }: Roster): void {
  const check = (signed: Signed<Document & { member: string }>, what: string): void => {
    const key = members.find(({ id }) => id === signed.document.member)?.key
    const signature = signed.signatures.find(entry => entry.key === key)
    if (signature && documentSignatureHolds(signed.document, signature)) return
    throw new Refusal('statement-wrong', `${what} is not signed by the member that it names`)
  }
  for (const event of usage) check(event, `The usage event ${event.document.id}`)
  for (const { cards } of lineage) for (const card of cards) check(card, `The data card ${card.document.id}`)
}

async function checkOwnUsage(
  context: SettlementContext,
  view: StatementView,
  { month, agreement }: { month: string; agreement: Digest },
): Promise<void> {
  const told = (await toldUsage(context.database, month)).map(({ document }) => document)
  const counted = new Set(view.usage.map(({ document }) => document.id))
  const dropped = told.find(({ id, agreement: terms }) => terms === agreement && !counted.has(id))
  if (!dropped) return
  throw new Refusal('statement-wrong', `The hub left out the answer ${dropped.id} of this node`, {
    hint: 'The hub acknowledged it: show its operator the entry of this node’s event log.',
  })
}
