import { checkUse } from '@consort/agreements'
import {
  type Agreement,
  type Digest,
  digestOfDocument,
  Refusal,
  type Roster,
  type RosterMember,
} from '@consort/protocol'
import { currentAgreement } from '../hub/agreements.ts'
import { rosterFor } from '../hub/rosters.ts'

/** What both sides of a consultation go by. */
export interface ConsultationTerms {
  readonly agreement: Agreement
  readonly digest: Digest
  readonly roster: Roster
}

/**
 * The agreement in force and its roster, as this node has checked them. Throws `agreement-refused` where there is none:
 * a record leaves its owner only as a consultation that the partners agreed on.
 */
export async function consultationTerms(
  context: Parameters<typeof currentAgreement>[0],
): Promise<ConsultationTerms> {
  const agreement = await currentAgreement(context)
  if (!agreement) {
    throw new Refusal('agreement-refused', 'There is no agreement under which a partner could be consulted', {
      hint: 'Agree on terms first: `consort agreement propose`.',
    })
  }
  const { document } = await rosterFor(context, agreement.roster)
  return { agreement, digest: digestOfDocument(agreement), roster: document }
}

/** A partner whose agents may answer under the terms. Throws `roster-altered`, `agreement-refused`. */
export function answeringPartner({ agreement, roster }: ConsultationTerms, name: string): RosterMember {
  const member = roster.members.find(known => known.name === name && known.role === 'partner')
  if (!member) throw new Refusal('roster-altered', `${name} is no partner in the roster that all have signed`)
  checkUse(agreement, name)
  return member
}
