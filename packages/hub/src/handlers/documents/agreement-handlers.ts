import { missingAgreementSigners } from '@consort/agreements'
import { type Agreement, digestOfDocument } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { agreementSeries, proposeAgreement as propose, readAgreement } from '../../documents/agreement.ts'
import { countersign, type SigningRules } from '../../documents/countersign.ts'
import { readInForce } from '../../documents/countersigned-store.ts'
import { readRoster } from '../../documents/roster.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { announceRun } from '../../runs/apply-event.ts'
import { type EndedRun, endAmended } from '../../runs/end-amended.ts'
import type { HubDatabase, HubTransaction } from '../../tables/hub-tables.ts'
import type { RunsContext } from '../runs/context.ts'

const rules: SigningRules<Agreement> = {
  series: agreementSeries,
  missing: async (signed, transaction) => {
    const { inForce } = await readRoster(transaction)
    const isBound = inForce && digestOfDocument(inForce.document) === signed.document.roster
    return isBound ? missingAgreementSigners(signed, inForce.document) : ['roster']
  },
  hint: 'Other terms were proposed meanwhile: run `consort agreement show`, read them, and sign those.',
}

/** Shows the agreement in force and the one that is proposed. */
export function getAgreement({ database }: { readonly database: HubDatabase }): HubHandler<'getAgreement'> {
  return () => readAgreement(database)
}

/** Puts terms up for signature by the partners. */
export function proposeAgreement(
  context: LogOwner & { readonly database: HubDatabase; readonly consortium: string },
): HubHandler<'proposeAgreement'> {
  return async ({ body }) => {
    await propose(context, body)
    return await readAgreement(context.database)
  }
}

/** Shows an agreement that is or was in force. */
export function getAgreementOf({
  database,
}: {
  readonly database: HubDatabase
}): HubHandler<'getAgreementOf'> {
  return ({ params: { agreement } }) => readInForce(database, agreementSeries, agreement)
}

/** Adds a partner's signature to the proposed agreement. With the last one, runs that it does not let go on end. */
export function signAgreement(context: Omit<RunsContext, 'blobs'>): HubHandler<'signAgreement'> {
  return async ({ body: { agreement: digest, signature }, caller }) => {
    let ended: EndedRun[] = []
    const onForce = async (transaction: HubTransaction, agreement: Agreement): Promise<void> => {
      ended = await endAmended(context, transaction, agreement)
    }
    await countersign(context, { ...rules, onForce }, { digest, signature, caller })
    for (const { id, change } of ended) {
      announceRun(context, id, change)
      context.pursue(id)
    }
    return await readAgreement(context.database)
  }
}
