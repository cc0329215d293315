import { digestOfJson, type KeyList, type KeyPair, Refusal } from '@consort/protocol'
import { checkAdvertisement, checkDistinct, checkSameContext } from '../check-keys.ts'
import { derivePairKey } from '../keys/derive-key.ts'
import { expandSecrets } from '../keys/member-secrets.ts'
import { sealShares } from '../keys/sealed-shares.ts'
import { thresholdOf } from '../threshold.ts'
import { dealShares } from './deal-shares.ts'
import type { Advertised, Shared } from './participant.ts'

/**
 * Deals shares of both secrets to everyone on the hub's list of keys, each sealed for its receiver. Throws
 * `digest-mismatch` for a list of another round, `caller-unknown`, `signature-invalid` or `value-invalid` for a key
 * that is not its member's, and `not-allowed` when fewer than the threshold have turned up: a hub that follows the
 * protocol sends no such list, so this node takes no part in the attempt.
 */
export function shareKeys(state: Advertised, list: KeyList, identity: KeyPair): Shared {
  const { context, digest, self } = state
  checkSameContext(list, digest)
  const { advertisements } = list
  for (const advertisement of advertisements) {
    checkSameContext(advertisement, digest)
    checkAdvertisement(advertisement, context)
  }
  checkDistinct(advertisements)
  checkOwn(state, list)
  const threshold = thresholdOf(context.members.length)
  if (advertisements.length < threshold) {
    throw new Refusal(
      'not-allowed',
      `Only ${advertisements.length} of at least ${threshold} partners turned up`,
    )
  }
  const secrets = expandSecrets(state.seed, digest)
  const deal = dealShares(secrets, { context, digest, self, identity })
  const shares = advertisements
    .filter(({ member }) => member !== self)
    .map(({ member: to, sealKey }) => {
      const [from, peer] = [
        { name: self, key: state.message.sealKey },
        { name: to, key: sealKey },
      ]
      const key = derivePairKey(secrets.sealKey, { context: digest, use: 'seal', pair: [from, peer], peer })
      return { to, sealed: sealShares(deal(to), { key, context: digest, from: self, to }) }
    })
  return {
    stage: 'shared',
    context,
    digest,
    self,
    seed: state.seed,
    answered: digestOfJson(list),
    advertisements,
    message: { kind: 'dealt-shares', context: digest, member: self, shares },
  }
}

/** A list without this node's very keys would have it mask for people who do not mask for it. */
function checkOwn({ self, message }: Advertised, { advertisements }: KeyList): void {
  const own = advertisements.find(({ member }) => member === self)
  if (
    own?.sealKey === message.sealKey &&
    own.maskKey === message.maskKey &&
    own.selfMask === message.selfMask
  )
    return
  throw new Refusal('value-invalid', 'The list of keys does not hold the keys that this node advertised')
}
