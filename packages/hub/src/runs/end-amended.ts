import { checkGoesOn } from '@consort/agreements'
import { type Agreement, digestOfDocument, type Id, isRefusal } from '@consort/protocol'
import { agreementSeries } from '../documents/agreement.ts'
import { findDocument } from '../documents/countersigned-store.ts'
import type { HubTransaction } from '../tables/hub-tables.ts'
import { applyIn, type ChangeContext, type RunChange } from './apply-event.ts'
import { openRuns, type RunRecord, readRun } from './run-store.ts'

/** A run that was ended, to be announced with what changed. */
export interface EndedRun {
  readonly id: Id<'run'>
  readonly change: RunChange
}

/**
 * Ends the open runs that an agreement does not let go on, in the transaction that puts it in force. Returns them: they
 * are to be announced and swept afterwards.
 */
export async function endAmended(
  context: ChangeContext,
  transaction: HubTransaction,
  agreement: Agreement,
): Promise<EndedRun[]> {
  const ended: EndedRun[] = []
  for (const id of await openRuns(transaction)) {
    const why = await whyEnded(transaction, agreement, await readRun(transaction, id))
    if (why === null) continue
    const event = { kind: 'agreement-amended', version: agreement.version, why } as const
    const change = await applyIn(context, transaction, id, event)
    if (change) ended.push({ id, change })
  }
  return ended
}

/** Says why a run cannot go on; null where it can. */
async function whyEnded(
  transaction: HubTransaction,
  agreement: Agreement,
  { recipe, recipeDigest, agreementDigest }: RunRecord,
): Promise<string | null> {
  if (agreementDigest === digestOfDocument(agreement)) return null
  const under =
    agreementDigest === null
      ? null
      : ((await findDocument(transaction, agreementSeries, { digest: agreementDigest })) ?? null)
  try {
    checkGoesOn(agreement, { under, recipe, digest: recipeDigest })
    return null
  } catch (error) {
    if (isRefusal(error, 'agreement-refused')) return error.message
    throw error
  }
}
