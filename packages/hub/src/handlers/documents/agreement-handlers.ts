import { missingAgreementSigners } from '@consort/agreements'
import { type Agreement, digestOfDocument } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { agreementSeries, proposeAgreement as propose, readAgreement } from '../../documents/agreement.ts'
import { countersign, type SigningRules } from '../../documents/countersign.ts'
import { readRoster } from '../../documents/roster.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

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

/** Adds a partner's signature to the proposed agreement. */
export function signAgreement(
  context: LogOwner & { readonly database: HubDatabase },
): HubHandler<'signAgreement'> {
  return async ({ body: { agreement: digest, signature }, caller }) => {
    await countersign(context, rules, { digest, signature, caller })
    return await readAgreement(context.database)
  }
}
