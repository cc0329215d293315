import { checkTerms, presentEdition } from '@consort/agreements'
import {
  type Agreement,
  type AgreementTerms,
  type AgreementView,
  digestOfDocument,
  Refusal,
} from '@consort/protocol'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { propose } from './countersign.ts'
import { nextVersion, readCountersigned, type Series } from './countersigned-store.ts'
import { readRoster } from './roster.ts'

export const agreementSeries: Series<Agreement> = {
  kind: 'agreement',
  about: '',
  holds: document => document.kind === 'agreement',
}

/** Reads the agreement in force and the one that is proposed. */
export function readAgreement(database: HubDatabase): Promise<AgreementView> {
  return readCountersigned(database, agreementSeries)
}

/**
 * Puts terms up for signature by the partners of the roster in force. Each proposal has a number of its own, so that
 * nobody is ever asked to sign two texts under one number. Throws `roster-unsigned`, `agreement-invalid`.
 */
export async function proposeAgreement(
  context: LogOwner & { readonly database: HubDatabase; readonly consortium: string },
  terms: AgreementTerms,
): Promise<void> {
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
      wording: presentEdition,
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
