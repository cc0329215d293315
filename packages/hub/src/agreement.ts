import { checkTerms } from '@consort/agreements'
import {
  type Agreement,
  type AgreementTerms,
  type AgreementView,
  digestOfDocument,
  Refusal,
} from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { HubContext } from './context.ts'
import { nextVersion, propose, readCountersigned, type Series } from './countersigned.ts'
import { readRoster } from './roster.ts'
import type { HubTables } from './tables.ts'

export const agreementSeries: Series = { kind: 'agreement', about: '' }

export function readAgreement(database: Kysely<HubTables>): Promise<AgreementView> {
  return readCountersigned<Agreement>(database, agreementSeries)
}

/**
 * Puts terms up for signature by the partners of the roster in force. Each proposal has a number of its own, so that
 * nobody is ever asked to sign two texts under one number. Throws `roster-unsigned`, `agreement-invalid`.
 */
export async function proposeAgreement(context: HubContext, terms: AgreementTerms): Promise<void> {
  await context.database.transaction().execute(async transaction => {
    const roster = (await readRoster(transaction)).inForce?.document
    if (!roster) {
      throw new Refusal(
        'roster-unsigned',
        'An agreement binds the members of a roster, and none is in force',
        {
          hint: 'Every member signs the roster first: `consort roster sign`.',
        },
      )
    }
    const { inForce, proposed } = await readAgreement(transaction)
    const document = (version: number): Agreement => ({
      kind: 'agreement',
      consortium: context.consortium,
      version,
      previous: inForce ? digestOfDocument(inForce.document) : null,
      roster: digestOfDocument(roster),
      ...terms,
    })
    const again = proposed && document(proposed.document.version)
    if (again && digestOfDocument(again) === digestOfDocument(proposed.document)) return
    const version = await nextVersion(transaction, agreementSeries)
    checkTerms(document(version), roster)
    await propose(context, transaction, agreementSeries, { document: document(version), version })
  })
}
