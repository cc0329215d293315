import { type Entropy, type KeyPair, Refusal } from '@consort/protocol'
import { publicTextOf } from '../keys/agreement-key.ts'
import { commitmentOf, expandSecrets } from '../keys/member-secrets.ts'
import { textOfOctets } from '../octets.ts'
import { checkContext, digestOfContext, memberOf, type RoundContext } from '../round-context.ts'
import { signText } from '../signed-texts.ts'
import type { Advertised } from './participant.ts'

/**
 * Begins an attempt with fresh keys. The caller has checked the context against its own roster, agreement, policy and
 * task, and the earlier attempts (`findAttempt`). Draws 32 bytes of entropy, all that this attempt will ever use.
 * Throws what `checkContext` throws, and `roster-altered` when the context has another identity key for this node.
 */
export function advertiseKeys(
  context: RoundContext,
  { self, identity, entropy }: { self: string; identity: KeyPair; entropy: Entropy },
): Advertised {
  checkContext(context)
  if (memberOf(context, self).key !== identity.publicKey)
    throw new Refusal('roster-altered', 'The round lists this node with another key than its own')
  const digest = digestOfContext(context)
  const seed = textOfOctets(entropy.bytes(32))
  const secrets = expandSecrets(seed, digest)
  const keys = {
    context: digest,
    member: self,
    sealKey: publicTextOf(secrets.sealKey),
    maskKey: publicTextOf(secrets.maskKey),
    selfMask: commitmentOf(secrets.shared['self-mask'], digest),
  }
  const signature = signText({ kind: 'secure-aggregation-keys', ...keys }, identity)
  return {
    stage: 'advertised',
    context,
    digest,
    self,
    seed,
    message: { kind: 'advertisement', ...keys, signature },
  }
}
