import type { KeyPair } from '@consort/protocol'
import type { MemberSecrets, SecretKind } from '../keys/member-secrets.ts'
import type { SharePair, SignedShare } from '../keys/sealed-shares.ts'
import { splitSecret } from '../keys/shamir.ts'
import { textOfOctets } from '../octets.ts'
import type { RoundContext } from '../round-context.ts'
import { signText } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'

/**
 * One share of both secrets for every member, signed by the dealer, by the receivers' names. A polynomial's place is
 * the member's place in the context, so the shares are the same whoever else has turned up.
 */
export function dealShares(
  secrets: MemberSecrets,
  {
    context,
    digest,
    self,
    identity,
  }: { context: RoundContext; digest: `sha256:${string}`; self: string; identity: KeyPair },
): (to: string) => SharePair {
  const threshold = thresholdOf(context.members.length)
  const places = context.members.map((_, index) => index + 1)
  const split = (of: SecretKind): Map<string, string> => {
    const secret = secrets.shared[of]
    const coefficients = secrets.coefficients(of, (threshold - 1) * secret.length)
    const shares = splitSecret(secret, { places, threshold, coefficients })
    return new Map(context.members.map(({ name }, index) => [name, textOfOctets(shares[index]!.bytes)]))
  }
  const shares = { 'mask-key': split('mask-key'), 'self-mask': split('self-mask') }
  const signed = (of: SecretKind, to: string): SignedShare => {
    const share = shares[of].get(to)!
    const text = { kind: 'secure-aggregation-share', context: digest, dealer: self, to, of, share } as const
    return { share, signature: signText(text, identity) }
  }
  return to => ({ 'mask-key': signed('mask-key', to), 'self-mask': signed('self-mask', to) })
}
