import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { z } from 'zod'

/** An Ed25519 public key (RFC 8032) in 32 raw bytes, base64url. The key is its own identifier. */
export type PublicKey = `ed25519:${string}`

export const publicKeySchema = z.templateLiteral(['ed25519:', z.string().regex(/^[A-Za-z0-9_-]{43}$/)])

/** 64 bytes, base64url. */
export const signatureSchema = z.string().regex(/^[A-Za-z0-9_-]{86}$/)

/** Someone who can sign. The private half never leaves this object but through `toPem`. */
export interface KeyPair {
  readonly publicKey: PublicKey
  /** An Ed25519 signature of `bytes`, base64url. */
  sign(bytes: Uint8Array): string
  /** PKCS #8 PEM, for a file with mode 0600. */
  toPem(): string
}

export function createKeyPair(): KeyPair {
  return keyPairOf(generateKeyPairSync('ed25519').privateKey)
}

/** Reads what `toPem` wrote; throws what node:crypto throws for anything else. */
export function parseKeyPair(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem)
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('Not an Ed25519 key')
  return keyPairOf(privateKey)
}

function keyPairOf(privateKey: KeyObject): KeyPair {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return {
    publicKey: `ed25519:${x}`,
    sign: bytes => sign(null, bytes, privateKey).toString('base64url'),
    toPem: () => privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

/** Whether `signature` (base64url) is the one that the holder of `key` makes over `bytes`. */
export function verifySignature(key: PublicKey, bytes: Uint8Array, signature: string): boolean {
  try {
    return verify(null, bytes, keyObjectOf(key), Buffer.from(signature, 'base64url'))
  } catch {
    return false // a key that is no point on the curve, a signature of the wrong length
  }
}

function keyObjectOf(key: PublicKey): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.slice('ed25519:'.length) },
    format: 'jwk',
  })
}

/**
 * Thirty decimal digits to compare by telephone, in six groups: about 99 bits of SHA-256 over the key,
 * digits because two people who share no alphabet can still read them to each other.
 */
export function fingerprintOf(key: PublicKey): string {
  const hash = createHash('sha256').update(`consort-fingerprint\n${key}`).digest('hex')
  const digits = (BigInt(`0x${hash}`) % 10n ** 30n).toString().padStart(30, '0')
  return digits.match(/.{5}/g)!.join(' ')
}
