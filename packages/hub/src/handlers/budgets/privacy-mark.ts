import {
  documentSignatureHolds,
  type hubEndpoints,
  type PrivacyMark,
  type PublicKey,
  Refusal,
  type SignedPrivacyMark,
  signDocument,
} from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { Kysely } from 'kysely'
import { appendEvent, type HubCallers, type HubContext, type MemberCaller } from '../../context.ts'
import type { HubTables } from '../../tables.ts'

export function getPrivacyMark({
  database,
}: HubContext): Handler<typeof hubEndpoints.getPrivacyMark, HubCallers> {
  return async ({ caller }) => ({ mark: await markOf(database, caller.id) })
}

/**
 * Signs the next state of a member's book when it follows from the one that the hub signed last. The hub takes one that
 * follows from a later one, too, when its own signature is under that: then it was the hub that lost something.
 */
export function putPrivacyMark(context: HubContext): Handler<typeof hubEndpoints.putPrivacyMark, HubCallers> {
  return async ({ body: { mark, previous }, caller }) => {
    const member = caller
    checkMark(mark, member, member.key)
    if (previous) checkMark(previous, member, context.key.publicKey)
    return await context.database.transaction().execute(async transaction => {
      const known = await markOf(transaction, member.id)
      if (known && isSame(known.document, mark.document)) return { mark: known }
      if (!follows(previous?.document, known?.document, mark.document)) throw restored(known)
      const { document } = mark
      const signatures = [...mark.signatures, signDocument(document, context.key)]
      const signed: SignedPrivacyMark = { document, signatures }
      const columns = { counter: document.counter, signed: JSON.stringify(signed) }
      await transaction
        .insertInto('privacy_mark')
        .values({ member: member.id, ...columns })
        .onConflict(conflict => conflict.column('member').doUpdateSet(columns))
        .execute()
      const { counter, head } = document
      const body = { member: member.id, counter, head }
      await appendEvent(context, transaction, { kind: 'privacy-mark-signed', body })
      return { mark: signed }
    })
  }
}

async function markOf(database: Kysely<HubTables>, member: string): Promise<SignedPrivacyMark | null> {
  const row = await database
    .selectFrom('privacy_mark')
    .select('signed')
    .where('member', '=', member)
    .executeTakeFirst()
  return row ? (JSON.parse(row.signed) as SignedPrivacyMark) : null
}

function checkMark({ document, signatures }: SignedPrivacyMark, { id }: MemberCaller, key: PublicKey): void {
  const signature = signatures.find(entry => entry.key === key)
  if (document.member === id && signature && documentSignatureHolds(document, signature)) return
  throw new Refusal(
    'signature-invalid',
    'The mark of a privacy book does not bear the signature that it needs',
  )
}

function isSame(one: PrivacyMark, other: PrivacyMark): boolean {
  return one.counter === other.counter && one.head === other.head
}

function follows(
  previous: PrivacyMark | undefined,
  known: PrivacyMark | undefined,
  next: PrivacyMark,
): boolean {
  if (next.counter <= (previous?.counter ?? 0)) return false
  if (!known) return true
  if (!previous || previous.counter < known.counter) return false
  return previous.counter > known.counter || previous.head === known.head
}

function restored(known: SignedPrivacyMark | null): Refusal {
  return new Refusal(
    'privacy-budget-restored',
    `This privacy book does not go on from reservation ${known?.document.counter ?? 0}, the last that the hub signed for`,
    {
      hint: 'Was the node’s directory restored from an older copy? Its owner runs `consort budget reconcile`.',
    },
  )
}
