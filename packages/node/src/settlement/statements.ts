import { broughtBy, checkStatement } from '@consort/agreements'
import {
  type Agreement,
  type Digest,
  type Document,
  digestOfDocument,
  documentSignatureHolds,
  hubEndpoints,
  Refusal,
  type Roster,
  type Signed,
  type SignedUsage,
  type StatementView,
  signDocument,
} from '@consort/protocol'
import { appendEvent, type NodeContext } from '../context.ts'
import { currentAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'
import { tellUsage, usageStates } from './usage.ts'

/**
 * Works the proposed statement out anew, from usage and cards that their members signed, with all of this node's own
 * answers in it; signs it if every cent agrees. Throws `statement-wrong` with what is wrong.
 */
export async function confirmStatement(
  context: NodeContext,
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
  const agreement = await agreementInForce(context, statement.agreement)
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
 * A hub can neither invent nor alter what members told. Which cards belong to which version is still its word: the model
 * card that this node served from says the same.
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

async function agreementInForce({ database }: NodeContext, digest: Digest): Promise<Agreement | undefined> {
  const row = await database
    .selectFrom('agreement')
    .select('document')
    .where('digest', '=', digest)
    .where('in_force', '=', 1)
    .executeTakeFirst()
  return row && (JSON.parse(row.document) as Agreement)
}

async function checkOwnUsage(
  context: NodeContext,
  view: StatementView,
  { month, agreement }: { month: string; agreement: Digest },
): Promise<void> {
  const rows = await context.database
    .selectFrom('usage')
    .select(['id', 'signed'])
    .where('month', '=', month)
    .where('told', '=', usageStates.told)
    .execute()
  const own = rows.filter(
    ({ signed }) => (JSON.parse(signed) as SignedUsage).document.agreement === agreement,
  )
  const counted = new Set(view.usage.map(({ document }) => document.id as string))
  const dropped = own.find(({ id }) => !counted.has(id))
  if (!dropped) return
  throw new Refusal('statement-wrong', `The hub left out the answer ${dropped.id} of this node`, {
    hint: 'The hub acknowledged it: show its operator the entry of this node’s event log.',
  })
}
