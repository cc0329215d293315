import { hkdfSync, type KeyObject } from 'node:crypto'
import { canonicalJson, type Digest } from '@consort/protocol'
import { agreeOn } from './agreement-key.ts'

/** Both ends of a pair, as everybody knows them from signed advertisements. */
export interface PairEnd {
  readonly name: string
  /** X25519, base64url. */
  readonly key: string
}

/**
 * HKDF-SHA-256 (RFC 5869). The salt is the digest of the round's context, hence of agreement, run, round, attempt,
 * model, recipe and roster; `use` keeps keys of different uses apart.
 */
export function deriveKey(
  secret: Uint8Array,
  { context, use, length = 32 }: { context: Digest; use: unknown; length?: number },
): Uint8Array {
  const info = `consort-secure-aggregation\n${canonicalJson(use)}`
  return new Uint8Array(hkdfSync('sha256', secret, context, info, length))
}

/**
 * The key of an ordered pair for one use: 32 bytes that only the two can compute. Names and public keys of both are in
 * the derivation, so a key that was substituted on the way for one of them gives two different secrets.
 */
export function derivePairKey(
  privateKey: KeyObject,
  {
    context,
    use,
    pair,
    peer,
  }: { context: Digest; use: 'mask' | 'seal'; pair: readonly [PairEnd, PairEnd]; peer: PairEnd },
): Uint8Array {
  return deriveKey(agreeOn(privateKey, peer.key), { context, use: { use, pair } })
}
