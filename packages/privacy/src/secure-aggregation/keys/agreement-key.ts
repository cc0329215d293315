import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { Refusal } from '@consort/protocol'
import { octetsOfText } from '../octets.ts'

/** An X25519 private key (RFC 7748); any 32 bytes are one. */
export function privateKeyOf(bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8, bytes]), format: 'der', type: 'pkcs8' })
}

/** 32 bytes, base64url. */
export function publicTextOf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'jwk' }).x!
}

/**
 * What both holders of a private key compute from the other's public key (base64url): 32 bytes, to be put through a key
 * derivation. Throws `value-invalid` for a point of small order, with which the outcome would be known to all.
 */
export function agreeOn(privateKey: KeyObject, publicText: string): Uint8Array {
  try {
    const key = { kty: 'OKP', crv: 'X25519', x: publicText }
    return diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: 'jwk' }) })
  } catch (cause) {
    throw new Refusal('value-invalid', 'A public key cannot be agreed on', { cause })
  }
}

/** Throws `value-invalid` for a key with which nobody should agree on anything. */
export function checkPublicKey(publicText: string): void {
  agreeOn(anyKey, publicText)
}

/** RFC 8410: an X25519 key in PKCS #8, up to the 32 bytes themselves. */
const pkcs8 = octetsOfText('MC4CAQAwBQYDK2VuBCIEIA')

/** Every private key meets a point of small order at zero, which OpenSSL refuses. */
const anyKey = privateKeyOf(new Uint8Array(32).fill(1))
