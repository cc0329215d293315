import { parseLossCurve } from '@consort/privacy'
import {
  type BudgetsView,
  documentSignatureHolds,
  hubEndpoints,
  Refusal,
  type SignedPrivacyMark,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { LedgerContext } from './context.ts'
import { eachLedger, greater, withLoss } from './ledgers.ts'
import { isBehind, witnessMark } from './mark.ts'
import { keepMark, readMark } from './mark-store.ts'
import { showBudgets } from './show-budgets.ts'

/**
 * Goes on from an older copy of the ledgers: every record and person, also those that the copy has never seen, counts
 * as having lost the most that any had lost by the last mark that this node signed and the hub kept. It cannot be less
 * than what was spent, whoever it was spent on. Changes nothing when the ledgers are current. Throws `unreachable`,
 * `signature-invalid`.
 */
export async function reconcileBudgets(context: LedgerContext): Promise<BudgetsView> {
  const { mark: hubs } = await context.call(hubEndpoints.getPrivacyMark)
  const { member } = context.enrolment
  if (!hubs || !isBehind(await readMark(context.database, member), hubs)) {
    await witnessMark(context)
    return await showBudgets(context)
  }
  checkOwn(context, hubs)
  const { counter, head, lost } = hubs.document
  const most = parseLossCurve(lost)
  await context.database.transaction().execute(async transaction => {
    await eachLedger(transaction, ledger => withLoss(ledger, most))
    const own = await readMark(transaction, member)
    const unknown = greater(own.unknown, most)
    await keepMark(transaction, { counter, head, unknown, signed: hubs, witnessed: hubs })
    const body = { from: own.counter, to: counter, head }
    await appendEvent(context, transaction, { kind: 'privacy-reconciled', body })
  })
  return await showBudgets(context)
}

/** Else the hub could tell this node what it has spent. */
function checkOwn(
  { key, enrolment }: Pick<LedgerContext, 'key' | 'enrolment'>,
  { document, signatures }: SignedPrivacyMark,
): void {
  const own = signatures.find(signature => signature.key === key.publicKey)
  if (own && document.member === enrolment.member && documentSignatureHolds(document, own)) return
  throw new Refusal(
    'signature-invalid',
    'The hub shows a mark of this node’s privacy ledgers that this node never signed',
    {
      hint: 'Ask its operator; until then nothing of these records is released.',
    },
  )
}
