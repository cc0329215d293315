import { missingAgreementSigners } from '@consort/agreements'
import { type Agreement, digestOfDocument, type hubEndpoints, type Signed } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import { agreementSeries, proposeAgreement as propose, readAgreement } from '../../agreement.ts'
import type { HubCallers, HubContext, HubTransaction } from '../../context.ts'
import { countersign } from '../../countersigned.ts'
import { readRoster } from '../../roster.ts'

export function proposeAgreement(
  context: HubContext,
): Handler<typeof hubEndpoints.proposeAgreement, HubCallers> {
  return async ({ body }) => {
    await propose(context, body)
    return await readAgreement(context.database)
  }
}

export function signAgreement(context: HubContext): Handler<typeof hubEndpoints.signAgreement, HubCallers> {
  return async ({ body: { agreement: digest, signature }, caller }) => {
    const missing = async (signed: Signed<Agreement>, transaction: HubTransaction): Promise<string[]> => {
      const { inForce } = await readRoster(transaction)
      const isBound = inForce && digestOfDocument(inForce.document) === signed.document.roster
      return isBound ? missingAgreementSigners(signed, inForce.document) : ['roster']
    }
    const hint =
      'Other terms were proposed meanwhile: run `consort agreement show`, read them, and sign those.'
    await countersign(context, { series: agreementSeries, missing, hint }, { digest, signature, caller })
    return await readAgreement(context.database)
  }
}
