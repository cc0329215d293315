import {
  type Agreement,
  type Caller,
  createKeyPair,
  type Digest,
  digestOfDocument,
  hubEndpoints,
  type KeyPair,
  type MemberRole,
  nodeEndpoints,
  type PublicKey,
  parseInvite,
  type Roster,
  type Signed,
  type Statement,
  signDocument,
} from '@consort/protocol'
import type { createInsisting } from './insist.ts'
import { terms } from './prepared.ts'
import type { Action } from './schedule.ts'

/** A signature that somebody was shown. */
export interface Acknowledgement {
  readonly kind: 'roster' | 'agreement' | 'statement'
  readonly document: Digest
  readonly key: PublicKey
}

/** Those who put documents up for signature, and those who sign them. */
export interface Signers {
  /** Another price is put up and signed by all partners. */
  amend(of: { readonly answerPrice: number }): Promise<void>
  /** A member joins, who has no machine; all sign the roster with it, and the terms again. */
  join(action: Extract<Action, { kind: 'join' }>): Promise<void>
  /** The month is worked out and signed. */
  settle(): Promise<void>
}

/** Somebody who signs, by a node or, where its machine takes no part, from elsewhere. */
interface Signer {
  readonly name: string
  readonly role?: MemberRole
  readonly key: KeyPair
  readonly node: Caller | undefined
}

export interface SignersSetup {
  readonly insist: ReturnType<typeof createInsisting>
  readonly operator: Caller
  readonly callHub: (key: KeyPair) => Caller
  readonly founders: readonly Signer[]
  /** Takes each signature that somebody was shown. */
  readonly signatures: Acknowledgement[]
  /** Told of what nobody may be told. */
  readonly onWrong: (what: string) => void
}

type View = { readonly [at in 'inForce' | 'proposed']: Signed<Roster | Agreement | Statement> | null }

const month = '2030-01'

/** The founders are on the roster. */
export function createSigners({
  insist,
  operator,
  callHub,
  founders,
  signatures,
  onWrong,
}: SignersSetup): Signers {
  const all = [...founders]
  let answerPrice: number = terms.benefit.answerPrice
  const shown = (view: View | undefined): void => {
    for (const signed of [view?.inForce, view?.proposed])
      for (const { key } of signed?.signatures ?? [])
        signatures.push({ kind: signed!.document.kind, document: digestOfDocument(signed!.document), key })
  }
  const signTerms = async (): Promise<void> => {
    const body = { ...terms, benefit: { ...terms.benefit, answerPrice } }
    const view = await insist('an amendment', () => operator(hubEndpoints.proposeAgreement, { body }))
    if (!view?.proposed) return
    const { document } = view.proposed
    const agreement = digestOfDocument(document)
    for (const { key, node, role } of all) {
      if (role === 'evaluator') continue
      const signature = signDocument(document, key)
      shown(
        await insist('a signature', () =>
          node
            ? node(nodeEndpoints.confirmAgreement, { body: { agreement } })
            : callHub(key)(hubEndpoints.signAgreement, { body: { agreement, signature } }),
        ),
      )
    }
  }
  const signRoster = async (): Promise<void> => {
    const view = await insist('a look at the roster', () => operator(hubEndpoints.getRoster))
    if (!view?.proposed) return
    const { document } = view.proposed
    const body = { roster: digestOfDocument(document) }
    for (const { key, node } of all)
      shown(
        await insist('a signature of a roster', () =>
          node
            ? node(nodeEndpoints.confirmRoster, { body: { version: document.version } })
            : callHub(key)(hubEndpoints.signRoster, {
                body: { ...body, signature: signDocument(document, key) },
              }),
        ),
      )
  }
  return {
    async amend(action) {
      answerPrice = action.answerPrice
      await signTerms()
    },
    async join({ role }) {
      const name = `joined-${all.length}`
      const key = createKeyPair()
      const invited = await insist('an invite', () =>
        operator(hubEndpoints.createInvite, { body: { name, role } }),
      )
      if (!invited) return
      const { id: invite, secret } = parseInvite(invited.invite)
      const enrolled = await insist('an enrolment', () =>
        callHub(key)(hubEndpoints.enrol, { body: { invite, secret } }),
      )
      if (!enrolled) return onWrong('an invite cannot be taken up by whom it was made for')
      all.push({ name, role, key, node: undefined })
      await signRoster()
      await signTerms()
    },
    async settle() {
      const params = { month }
      const made = await insist('a statement', () =>
        operator(hubEndpoints.makeStatement, { params, query: {} }),
      )
      if (!made) return
      for (const { node } of all)
        if (node)
          shown(
            await insist('a signature of a statement', () =>
              node(nodeEndpoints.confirmStatement, { params, query: {} }),
            ),
          )
    },
  }
}
