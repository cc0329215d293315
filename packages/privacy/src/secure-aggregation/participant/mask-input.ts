import {
  digestOfJson,
  digestOfManifest,
  type KeyPair,
  manifestOf,
  Refusal,
  type ShareDelivery,
} from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import { derivePairKey, type PairEnd } from '../keys/derive-key.ts'
import { expandSecrets, type MemberSecrets, type SecretKind } from '../keys/member-secrets.ts'
import { pairMask } from '../keys/pair-mask.ts'
import { openShares } from '../keys/sealed-shares.ts'
import type { Mask } from '../ring/keystream.ts'
import { type MaskedValues, maskValues } from '../ring/mask-values.ts'
import { ringBits } from '../ring/ring.ts'
import { byCodeUnits, memberOf } from '../round-context.ts'
import { signText, textSignatureHolds } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'
import { dealShares } from './deal-shares.ts'
import type { Masked, Shared } from './participant.ts'

/**
 * Masks the update for the members that have dealt shares: all that `delivery` names, and this node itself.
 *
 * `state` and `values.bytes` are to be kept, with fsync, before either is sent, and sent unchanged ever after: the same
 * masks over another update would give away the difference. `update` has `context.values` values. Throws
 * `digest-mismatch` for a delivery of another round, `value-invalid` for one that names strangers or somebody twice,
 * `not-allowed` when too few have dealt, `update-shape`, and what `quantise` throws. Shares that cannot be read, or
 * that their dealer did not sign, are reported in the message and otherwise done without.
 */
export function maskInput(
  state: Shared,
  delivery: ShareDelivery,
  {
    update,
    beyond = 'clip',
    identity,
  }: { update: Float32Array; beyond?: 'clip' | 'refuse'; identity: KeyPair },
): { state: Masked; values: MaskedValues } {
  const { context, digest, self } = state
  checkSameContext(delivery, digest)
  const dealers = dealersOf(state, delivery)
  if (update.length !== context.values)
    throw new Refusal('update-shape', `The update has ${update.length} values, the round ${context.values}`)
  const secrets = expandSecrets(state.seed, digest)
  const held = readShares(state, delivery, secrets)
  held.push({ dealer: self, ...dealShares(secrets, { context, digest, self, identity })(self) })

  const values = maskValues(update, {
    masks: masksOf(state, dealers, secrets),
    rounding: secrets.rounding,
    bits: ringBits(context.members.length),
    rules: { clip: context.clip, scale: memberOf(context, self).weight / context.weightCap, beyond },
  })
  const readable = new Set(held.map(share => share.dealer))
  const unreadable = dealers.filter(name => !readable.has(name))
  const body = {
    context: digest,
    member: self,
    digest: digestOfManifest(manifestOf(values.bytes)),
    unreadable,
  }
  const signature = signText({ kind: 'secure-aggregation-input', ...body }, identity)
  return {
    state: {
      stage: 'masked',
      context,
      digest,
      self,
      answered: digestOfJson(delivery),
      dealers,
      held,
      message: { kind: 'masked-input', ...body, signature },
    },
    values,
  }
}

function dealersOf({ context, self, advertisements }: Shared, { shares }: ShareDelivery): string[] {
  const dealers = [self, ...shares.map(share => share.from)].toSorted(byCodeUnits)
  const known = new Set(advertisements.map(({ member }) => member))
  if (new Set(dealers).size < dealers.length || !dealers.every(name => known.has(name)))
    throw new Refusal(
      'value-invalid',
      'Shares are from somebody whose keys were not listed, or twice from one member',
    )
  const threshold = thresholdOf(context.members.length)
  if (dealers.length < threshold)
    throw new Refusal(
      'not-allowed',
      `Only ${dealers.length} of at least ${threshold} partners have dealt shares`,
    )
  return dealers
}

/** The pairwise masks, and the self-mask that keeps the input covered should all pairwise ones be opened. */
function masksOf(state: Shared, dealers: readonly string[], { maskKey, shared }: MemberSecrets): Mask[] {
  const ends = new Map(
    state.advertisements.map((it): [string, PairEnd] => [it.member, { name: it.member, key: it.maskKey }]),
  )
  const own = ends.get(state.self)!
  const pairwise = dealers
    .filter(name => name !== state.self)
    .map(name => pairMask(maskKey, { own, peer: ends.get(name)!, context: state.digest }))
  return [{ key: shared['self-mask'], sign: 1 }, ...pairwise]
}

/** Of all that was dealt to this node, what can be read and bears its dealer's signature. */
function readShares(state: Shared, { shares }: ShareDelivery, { sealKey }: MemberSecrets): Masked['held'] {
  const { context, digest, self } = state
  const keys = new Map(state.advertisements.map(it => [it.member, it.sealKey]))
  return shares.flatMap(({ from, sealed }) => {
    const [peer, own] = [
      { name: from, key: keys.get(from)! },
      { name: self, key: keys.get(self)! },
    ]
    const key = derivePairKey(sealKey, { context: digest, use: 'seal', pair: [peer, own], peer })
    try {
      const pair = openShares(sealed, { key, context: digest, from, to: self })
      const isSigned = (of: SecretKind): boolean => {
        const { share, signature } = pair[of]
        const text = {
          kind: 'secure-aggregation-share',
          context: digest,
          dealer: from,
          to: self,
          of,
          share,
        } as const
        return textSignatureHolds(text, memberOf(context, from).key, signature)
      }
      return isSigned('mask-key') && isSigned('self-mask') ? [{ dealer: from, ...pair }] : []
    } catch (error) {
      if (error instanceof Refusal) return []
      throw error
    }
  })
}
