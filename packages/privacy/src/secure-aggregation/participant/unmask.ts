import { digestOfJson, type SurvivorProof } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import type { SecretKind } from '../keys/member-secrets.ts'
import { memberOf } from '../round-context.ts'
import { textSignatureHolds } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'
import { type Consistent, conflict, type Unmasked } from './participant.ts'

/**
 * Opens, once enough survivors have signed this node's own list of them, for each survivor its share of the self-mask
 * and for each other dealer its share of the mask key: never both. The state must be kept, with fsync, before its
 * message is sent; from then on no other attempt of this round is joined (`findAttempt`). Throws `digest-mismatch` for
 * a proof of another round and `state-conflict` below the threshold.
 */
export function unmask(state: Consistent, proof: SurvivorProof): Unmasked {
  const { context, digest, self, dealers, survivors, held } = state
  checkSameContext(proof, digest)
  const text = { kind: 'secure-aggregation-survivors', context: digest, dealers, survivors } as const
  const signers = new Set(
    proof.signatures
      .filter(({ member }) => survivors.includes(member))
      .filter(({ member, signature }) => textSignatureHolds(text, memberOf(context, member).key, signature))
      .map(({ member }) => member),
  )
  const threshold = thresholdOf(context.members.length)
  if (signers.size < threshold) {
    conflict(
      `Only ${signers.size} of at least ${threshold} partners have signed the list of survivors that this node signed`,
      'Either too few are left, or the hub showed others another list.',
    )
  }
  const shares = held.map(pair => {
    const of: SecretKind = survivors.includes(pair.dealer) ? 'self-mask' : 'mask-key'
    return { dealer: pair.dealer, of, ...pair[of] }
  })
  return {
    stage: 'unmasked',
    context,
    digest,
    self,
    answered: digestOfJson(proof),
    survivors,
    message: { kind: 'opened-shares', context: digest, member: self, shares },
  }
}
