import { noLoss, parseLossCurve } from '@consort/privacy'
import {
  type Digest,
  digestOfBytes,
  digestOfJson,
  documentSignatureHolds,
  hubEndpoints,
  type PrivacyMark,
  Refusal,
  type SignedPrivacyMark,
  signDocument,
} from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { NodeContext } from '../context.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { greatestLoss } from './ledgers.ts'

/** How far this node's books have come. */
export interface OwnMark {
  readonly counter: number
  readonly head: Digest
  /** What a unit that is in no book may have lost. */
  readonly unknown: readonly number[]
  readonly signed: SignedPrivacyMark | null
  readonly witnessed: SignedPrivacyMark | null
}

export async function readMark(database: Kysely<NodeTables>, member: string): Promise<OwnMark> {
  const row = await database.selectFrom('privacy_mark').selectAll().executeTakeFirst()
  if (!row) {
    const head = digestOfBytes(Buffer.from(`consort-privacy-book\n${member}`))
    return { counter: 0, head, unknown: noLoss, signed: null, witnessed: null }
  }
  return {
    counter: row.counter,
    head: row.head as Digest,
    unknown: parseLossCurve(JSON.parse(row.unknown)),
    signed: row.signed === null ? null : JSON.parse(row.signed),
    witnessed: row.witnessed === null ? null : JSON.parse(row.witnessed),
  }
}

export async function keepMark(transaction: Kysely<NodeTables>, mark: OwnMark): Promise<void> {
  const columns = {
    counter: mark.counter,
    head: mark.head,
    unknown: JSON.stringify(mark.unknown),
    signed: mark.signed && JSON.stringify(mark.signed),
    witnessed: mark.witnessed && JSON.stringify(mark.witnessed),
  }
  await transaction
    .insertInto('privacy_mark')
    .values({ id: 1, ...columns })
    .onConflict(conflict => conflict.column('id').doUpdateSet(columns))
    .execute()
}

/** In the transaction of a reservation, after the books were charged. */
export async function advanceMark(
  context: NodeContext,
  transaction: Transaction<NodeTables>,
  reservation: { readonly release: string; readonly dataset: string },
): Promise<OwnMark> {
  const { member } = context.enrolment
  const own = await readMark(transaction, member)
  const document: PrivacyMark = {
    kind: 'privacy-mark',
    member,
    counter: own.counter + 1,
    head: digestOfJson({ previous: own.head, ...reservation }),
    lost: [...(await greatestLoss(transaction, own.unknown))],
  }
  const signed = { document, signatures: [signDocument(document, context.key)] }
  const next = { ...own, counter: document.counter, head: document.head, signed }
  await keepMark(transaction, next)
  return next
}

/**
 * Refuses to go on with books that are behind what the hub has signed for: they were restored from an older copy, and
 * what was spent since is not in them. Throws `privacy-budget-restored`, and `unreachable`: without the hub nothing is
 * spent, since nobody else would notice.
 */
export async function checkLedgers(context: NodeContext): Promise<void> {
  const { mark } = await context.call(hubEndpoints.getPrivacyMark)
  if (!isBehind(await readMark(context.database, context.enrolment.member), mark)) return
  throw new Refusal(
    'privacy-budget-restored',
    `The hub has signed for ${mark!.document.counter} reservations of privacy budget, and this node's books do not show them`,
    {
      hint: 'Was this directory restored from an older copy? If so, run `consort budget reconcile`: it charges all that may have been spent.',
    },
  )
}

/** Whether the hub's mark is none that these books have come by. */
export function isBehind(own: OwnMark, hubs: SignedPrivacyMark | null): boolean {
  if (!hubs) return false
  const { counter, head } = hubs.document
  const passed = [own, own.witnessed?.document].filter(mark => mark !== undefined)
  const isPassed = passed.some(mark => mark.counter === counter && mark.head === head)
  return !isPassed && counter >= (own.witnessed?.document.counter ?? 0)
}

/** Has the hub sign how far the books have come, unless it has; from then on an older copy of them is noticed. */
export async function witnessMark(context: NodeContext): Promise<void> {
  const own = await readMark(context.database, context.enrolment.member)
  const { signed: mark, witnessed: previous } = own
  if (!mark || mark.document.counter <= (previous?.document.counter ?? 0)) return
  const answer = await context.call(hubEndpoints.putPrivacyMark, { body: { mark, previous } })
  const witnessed = answer.mark
  const byHub = witnessed?.signatures.find(({ key }) => key === context.enrolment.hubKey)
  if (!witnessed || !byHub || !documentSignatureHolds(mark.document, byHub)) {
    throw new Refusal(
      'signature-invalid',
      'The hub did not sign the mark of the privacy book that it was sent',
    )
  }
  // Nothing else: the books may have moved on while the hub was asked.
  await context.database
    .updateTable('privacy_mark')
    .set({ witnessed: JSON.stringify(witnessed) })
    .where('counter', '>=', witnessed.document.counter)
    .execute()
}
