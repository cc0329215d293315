import {
  digestOfJson,
  documentSignatureHolds,
  type Entropy,
  hubEndpoints,
  type PrivacyMark,
  Refusal,
  type SignedPrivacyMark,
  signDocument,
} from '@consort/protocol'
import type { Transaction } from 'kysely'
import type { NodeTables } from '../tables/node-tables.ts'
import type { LedgerContext } from './context.ts'
import { greatestLoss } from './ledgers.ts'
import { keepMark, keepWitnessed, type OwnMark, readMark } from './mark-store.ts'

/**
 * In the transaction of a reservation, after the ledgers were charged. Chance makes each mark one of its own: of two
 * copies of a directory that begin the same task, the hub signs for one, and neither release goes uncharged.
 */
export async function advanceMark(
  context: Pick<LedgerContext, 'enrolment' | 'key'> & { readonly entropy: Entropy },
  transaction: Transaction<NodeTables>,
  reservation: { readonly release: string; readonly dataset: string },
): Promise<OwnMark> {
  const { member } = context.enrolment
  const own = await readMark(transaction, member)
  const chance = Buffer.from(context.entropy.bytes(16)).toString('base64url')
  const document: PrivacyMark = {
    kind: 'privacy-mark',
    member,
    counter: own.counter + 1,
    head: digestOfJson({ previous: own.head, ...reservation, chance }),
    lost: [...(await greatestLoss(transaction, own.unknown))],
  }
  const signed = { document, signatures: [signDocument(document, context.key)] }
  const next = { ...own, counter: document.counter, head: document.head, signed }
  await keepMark(transaction, next)
  return next
}

/**
 * Refuses to go on with ledgers that are behind what the hub has signed for: they were restored from an older copy, and
 * what was spent since is not in them. Throws `privacy-budget-restored`, and `unreachable`: without the hub nothing is
 * spent, since nobody else would notice.
 */
export async function checkLedgers(
  context: Pick<LedgerContext, 'database' | 'call' | 'enrolment'>,
): Promise<void> {
  const { mark } = await context.call(hubEndpoints.getPrivacyMark)
  if (!isBehind(await readMark(context.database, context.enrolment.member), mark)) return
  throw new Refusal(
    'privacy-budget-restored',
    `The hub has signed for ${mark!.document.counter} reservations of privacy budget, and this node's ledgers do not show them`,
    {
      hint: 'Was this directory restored from an older copy? If so, run `consort budget reconcile`: it charges all that may have been spent.',
    },
  )
}

/** Returns true when the hub's mark is none that these ledgers have come by. */
export function isBehind(own: OwnMark, hubs: SignedPrivacyMark | null): boolean {
  if (!hubs) return false
  const { counter, head } = hubs.document
  const passed = [own, own.witnessed?.document].filter(mark => mark !== undefined)
  const isPassed = passed.some(mark => mark.counter === counter && mark.head === head)
  return !isPassed && counter >= (own.witnessed?.document.counter ?? 0)
}

/** Has the hub sign how far the ledgers have come, unless it has; from then on an older copy of them is noticed. */
export async function witnessMark(
  context: Pick<LedgerContext, 'database' | 'call' | 'enrolment'>,
): Promise<void> {
  const own = await readMark(context.database, context.enrolment.member)
  const { signed: mark, witnessed: previous } = own
  if (!mark || mark.document.counter <= (previous?.document.counter ?? 0)) return
  const answer = await context.call(hubEndpoints.putPrivacyMark, { body: { mark, previous } })
  const witnessed = answer.mark
  const byHub = witnessed?.signatures.find(({ key }) => key === context.enrolment.hubKey)
  if (!witnessed || !byHub || !documentSignatureHolds(mark.document, byHub)) {
    throw new Refusal(
      'signature-invalid',
      'The hub did not sign the mark of the privacy ledgers that it was sent',
    )
  }
  await keepWitnessed(context.database, witnessed)
}
