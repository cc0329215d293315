import { type PrivacyMark, Refusal, type SignedPrivacyMark, signDocument } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { findMark, keepMark } from '../../budgets/privacy-mark-store.ts'
import type { HubHandler } from '../../callers.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Shows the last mark of the caller's privacy ledger that the hub signed. */
export function getPrivacyMark({
  database,
}: {
  readonly database: HubDatabase
}): HubHandler<'getPrivacyMark'> {
  return async ({ caller }) => ({ mark: await findMark(database, caller.id) })
}

const unsigned = 'The mark of a privacy ledger does not bear the signature that it needs'

/**
 * Signs the next state of a member's ledger when it follows from the one that the hub signed last. The hub takes
 * one that follows from a later one, too, when its own signature is under that: then it was the hub that lost
 * something.
 */
export function putPrivacyMark(
  context: LogOwner & { readonly database: HubDatabase },
): HubHandler<'putPrivacyMark'> {
  return async ({ body: { mark, previous }, caller: { id, key } }) => {
    checkOwnDocument(mark, { id, key }, unsigned)
    if (previous) checkOwnDocument(previous, { id, key: context.key.publicKey }, unsigned)
    return await context.database.transaction().execute(async transaction => {
      const known = await findMark(transaction, id)
      if (known && isSame(known.document, mark.document)) return { mark: known }
      if (!follows(previous?.document, known?.document, mark.document)) throw restored(known)
      const { document } = mark
      const signatures = [...mark.signatures, signDocument(document, context.key)]
      const signed: SignedPrivacyMark = { document, signatures }
      await keepMark(transaction, signed)
      const { member, counter, head } = document
      const body = { member, counter, head }
      await appendEvent(context, transaction, { kind: 'privacy-mark-signed', body })
      return { mark: signed }
    })
  }
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
    `This privacy ledger does not go on from reservation ${known?.document.counter ?? 0}, the last that the hub signed for`,
    {
      hint: 'Was the node’s directory restored from an older copy? Its owner runs `consort budget reconcile`.',
    },
  )
}
