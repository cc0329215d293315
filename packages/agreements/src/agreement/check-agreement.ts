import {
  type Agreement,
  digestOfDocument,
  Refusal,
  type Roster,
  type SignedAgreement,
  signersOf,
} from '@consort/protocol'
import { faultOfTerms } from './check-terms.ts'

/**
 * Checks that an agreement is one a member may act on: of this consortium and this very roster, with terms that hold in
 * themselves, signed by the hub and every partner. `roster` is one that `checkRoster` let pass, so that its hub is the
 * pinned one. Throws `agreement-altered` or `agreement-unsigned`.
 */
export function checkAgreement(signed: SignedAgreement, roster: Roster): void {
  const fault = faultOfTerms(signed.document, roster)
  if (fault !== null) {
    const { path, message, hint } = fault
    throw new Refusal('agreement-altered', `The agreement does not hold: ${message}`, { path, hint })
  }
  const missing = missingAgreementSigners(signed, roster)
  if (missing.length > 0) {
    throw new Refusal('agreement-unsigned', `The agreement lacks the signatures of: ${missing.join(', ')}`, {
      hint: 'Each of them runs `consort agreement show`, reads the terms and runs `consort agreement sign`.',
    })
  }
}

/**
 * The names of those whose signatures an agreement still lacks: `hub` for the hub, then partners in the roster's order.
 * Evaluators have no share in the terms and need not sign.
 */
export function missingAgreementSigners(signed: SignedAgreement, roster: Roster): string[] {
  const signers = signersOf(signed)
  const partners = roster.members.filter(member => member.role === 'partner')
  return [
    ...(signers.has(roster.hub) ? [] : ['hub']),
    ...partners.filter(({ key }) => !signers.has(key)).map(({ name }) => name),
  ]
}

/**
 * Checks that a version follows the one in force (null: that it is the first), so that there is one history of terms.
 * Numbers only grow: proposals that never came into force have used up those between. Throws `agreement-altered`.
 */
export function checkAmendment(next: Agreement, inForce: Agreement | null): void {
  if (inForce !== null && next.version <= inForce.version) {
    throw new Refusal(
      'agreement-altered',
      `This is version ${next.version}, and version ${inForce.version} is in force already`,
      { path: 'version', hint: 'Propose the terms anew: the hub gives them the next number.' },
    )
  }
  const previous = inForce === null ? null : digestOfDocument(inForce)
  if (next.previous !== previous) {
    const named = next.previous ?? 'no version'
    throw new Refusal(
      'agreement-altered',
      `The agreement follows ${named}, in force is ${previous ?? 'no version'}`,
      {
        path: 'previous',
        hint: 'Someone may have seen other terms: compare the digest of the version in force before you go on.',
      },
    )
  }
  if (inForce !== null && next.consortium !== inForce.consortium) {
    throw new Refusal(
      'agreement-altered',
      `The agreement is of the consortium ${next.consortium}, the one in force of ${inForce.consortium}`,
      { path: 'consortium', hint: 'An amendment keeps the name of the consortium.' },
    )
  }
}
