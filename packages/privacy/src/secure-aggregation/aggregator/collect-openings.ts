import { type OpenedShares, Refusal } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import { privateKeyOf, publicTextOf } from '../keys/agreement-key.ts'
import { commitmentOf, type SecretKind } from '../keys/member-secrets.ts'
import { combineShares } from '../keys/shamir.ts'
import { octetsOfText, textOfOctets } from '../octets.ts'
import { memberOf, placeOf } from '../round-context.ts'
import { checkTextSignature } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'
import {
  type CollectingOpenings,
  checkPresent,
  collect,
  type Discarded,
  discard,
  discardBelow,
  type Opened,
} from './aggregator.ts'

/**
 * Each opened share bears its dealer's signature, so a member can only open what it was dealt: a wrong share is refused
 * here, with the name of who sent it, and spoils nothing.
 * Throws `digest-mismatch`, `not-allowed`, `signature-invalid`, `state-conflict`, or `value-invalid` for a share of the
 * wrong secret, of a stranger, or twice.
 */
export function receiveOpening(state: CollectingOpenings, message: OpenedShares): CollectingOpenings {
  const { context, digest, proof } = state
  checkSameContext(message, digest)
  checkPresent(
    proof.signatures.map(({ member }) => member),
    message.member,
  )
  const dealers = new Set(message.shares.map(({ dealer }) => dealer))
  const isAsked = message.shares.every(({ dealer, of }) => of === secretAsked(state, dealer))
  if (dealers.size < message.shares.length || !isAsked)
    throw new Refusal('value-invalid', `${message.member} opened shares that nobody asked for, or one twice`)
  for (const { dealer, of, share, signature } of message.shares) {
    const text = {
      kind: 'secure-aggregation-share',
      context: digest,
      dealer,
      to: message.member,
      of,
      share,
    } as const
    const whose = `${dealer} under a share that ${message.member} opened`
    checkTextSignature(text, { key: memberOf(context, dealer).key, signature, whose })
  }
  return { ...state, opened: collect(state.opened, message) }
}

/**
 * Puts the secrets together from the shares and checks them against what their owners published.
 * Ends in `discarded` below the threshold, and, with its name, when a member dealt shares of something else.
 */
export function closeOpenings(state: CollectingOpenings): Opened | Discarded {
  const { context, digest, advertisements, list, opened } = state
  const present = opened.map(({ member }) => member)
  const short = discardBelow(state, { present, did: 'opened their shares' })
  if (short) return short
  const threshold = thresholdOf(context.members.length)
  const secrets: Opened['secrets'] = []
  for (const dealer of list.dealers) {
    const shares = opened.flatMap(({ member, shares }) =>
      shares
        .filter(share => share.dealer === dealer)
        .map(({ share }) => ({ place: placeOf(context, member), bytes: octetsOfText(share) })),
    )
    const missing = [dealer]
    if (shares.length < threshold)
      return discard(state, {
        why: `Too few shares of ${dealer} were opened: the round is discarded`,
        missing,
      })
    const secret = combineShares(shares, threshold)
    const of = secretAsked(state, dealer)!
    if (!isPublished(state, { dealer, of, secret }))
      return discard(state, {
        why: `${dealer} dealt shares of something else: the round is discarded`,
        missing,
      })
    secrets.push({ member: dealer, of, secret: textOfOctets(secret) })
  }
  return { stage: 'opened', context, digest, advertisements, survivors: list.survivors, secrets }
}

function secretAsked({ list }: CollectingOpenings, dealer: string): SecretKind | undefined {
  if (!list.dealers.includes(dealer)) return undefined
  return list.survivors.includes(dealer) ? 'self-mask' : 'mask-key'
}

function isPublished(
  { digest, advertisements }: CollectingOpenings,
  { dealer, of, secret }: { dealer: string; of: SecretKind; secret: Uint8Array },
): boolean {
  const { maskKey, selfMask } = advertisements.find(({ member }) => member === dealer)!
  return of === 'mask-key'
    ? publicTextOf(privateKeyOf(secret)) === maskKey
    : commitmentOf(secret, digest) === selfMask
}
