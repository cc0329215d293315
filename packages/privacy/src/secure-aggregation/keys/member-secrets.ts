import { createHash, type KeyObject } from 'node:crypto'
import type { Digest } from '@consort/protocol'
import { octetsOfText, textOfOctets } from '../octets.ts'
import { privateKeyOf } from './agreement-key.ts'
import { deriveKey } from './derive-key.ts'

/** What may be opened of a member, in shares, and never both: the key of its pairwise masks, or its self-mask. */
export type SecretKind = 'mask-key' | 'self-mask'

/** A member's secrets of one attempt. */
export interface MemberSecrets {
  /** Seals shares on their way through the hub (c in Bonawitz et al. 2017). */
  readonly sealKey: KeyObject
  /** Agrees on pairwise masks (s); opened if the member drops out after it dealt. */
  readonly maskKey: KeyObject
  /**
   * 32 bytes each: the private bytes of `maskKey`, and the seed of the self-mask (b), which is opened if the member
   * survives.
   */
  readonly shared: Readonly<Record<SecretKind, Uint8Array>>
  /** 32 bytes: keys the rounding, and is never opened. */
  readonly rounding: Uint8Array
  /** `count` polynomial coefficients for the shares of one secret. */
  coefficients(of: SecretKind, count: number): Uint8Array
}

/**
 * Everything random that a member needs in one attempt, drawn once: 32 bytes (base64url) from its own CSPRNG, expanded
 * under the context. So every later step is a function of the kept state, and a step that is done again after a crash
 * gives the same bytes; two contexts never share a secret even under one seed.
 */
export function expandSecrets(seed: string, context: Digest): MemberSecrets {
  const derive = (use: string, length = 32) => deriveKey(octetsOfText(seed), { context, use, length })
  const shared = { 'mask-key': derive('mask-key'), 'self-mask': derive('self-mask') }
  return {
    sealKey: privateKeyOf(derive('seal-key')),
    maskKey: privateKeyOf(shared['mask-key']),
    shared,
    rounding: derive('rounding'),
    coefficients: (of, count) => derive(`coefficients of ${of}`, count),
  }
}

/** Published with the keys, so that a self-mask put together from shares can be checked. Hides 32 random bytes. */
export function commitmentOf(selfMask: Uint8Array, context: Digest): string {
  return textOfOctets(
    createHash('sha256').update(`consort-self-mask\n${context}\n`).update(selfMask).digest(),
  )
}
