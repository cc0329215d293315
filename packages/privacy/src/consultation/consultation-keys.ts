import assert from 'node:assert/strict'
import type { webcrypto } from 'node:crypto'
import { Refusal } from '@consort/protocol'
import { octetsOfText, textOfOctets } from '../secure-aggregation/octets.ts'
import { hpke } from './hpke.ts'

/** With which a member seals and opens consultations. */
export interface ConsultationKeys {
  /** X25519, 32 bytes in base64url. */
  readonly publicKey: string
  readonly pair: webcrypto.CryptoKeyPair
}

/** The keys that follow from 32 secret bytes (RFC 9180, section 7.1.3: DeriveKeyPair). */
export async function consultationKeys(secret: Uint8Array): Promise<ConsultationKeys> {
  assert.equal(secret.length, 32)
  const pair = await hpke.kem.deriveKeyPair(secret)
  return { publicKey: textOfOctets(new Uint8Array(await hpke.kem.serializePublicKey(pair.publicKey))), pair }
}

/** Throws `value-invalid` for a text that is no key. */
export async function publicKeyOf(text: string): Promise<webcrypto.CryptoKey> {
  try {
    return await hpke.kem.deserializePublicKey(octetsOfText(text))
  } catch (cause) {
    throw new Refusal('value-invalid', 'A public key cannot be read', { cause })
  }
}
