import { type Advertisement, Refusal } from '@consort/protocol'
import { checkPublicKey } from './keys/agreement-key.ts'
import { memberOf, type RoundContext } from './round-context.ts'
import { checkTextSignature } from './signed-texts.ts'

/**
 * Whether keys are those of a member of this round, by the identity that its roster names. Hub and members check alike.
 * Throws `caller-unknown`, `signature-invalid` or, for a key of small order, `value-invalid`.
 */
export function checkAdvertisement(advertisement: Advertisement, context: RoundContext): void {
  const { kind: _, signature, ...keys } = advertisement
  const { key } = memberOf(context, advertisement.member)
  checkTextSignature(
    { kind: 'secure-aggregation-keys', ...keys },
    { key, signature, whose: advertisement.member },
  )
  checkPublicKey(advertisement.sealKey)
  checkPublicKey(advertisement.maskKey)
}

/** Throws `value-invalid` when a member or a key appears twice: pairs with equal keys would share their masks. */
export function checkDistinct(advertisements: readonly Advertisement[]): void {
  const members = new Set(advertisements.map(({ member }) => member))
  const keys = new Set(advertisements.flatMap(({ sealKey, maskKey }) => [sealKey, maskKey]))
  if (members.size === advertisements.length && keys.size === 2 * advertisements.length) return
  throw new Refusal('value-invalid', 'A member or a key is in the list of keys twice')
}

/** Throws `digest-mismatch` for a message of another round, attempt, model, recipe, roster or agreement. */
export function checkSameContext(message: { context: string }, digest: string): void {
  if (message.context === digest) return
  throw new Refusal('digest-mismatch', 'The message belongs to another round or attempt', {
    hint: 'Nothing of one attempt is of use in another.',
  })
}
