import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

/** An Ed25519 public key (RFC 8032) in 32 raw bytes, base64url. The key is its own identifier. */
export type PublicKey = `ed25519:${string}`

/** 32 and 64 bytes in base64url; the unused bits of the last letter are zero, so that there is one text for each. */
const keyPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const signaturePattern = /^[A-Za-z0-9_-]{85}[AQgw]$/

export const publicKeySchema = z
  .templateLiteral(['ed25519:', z.string().regex(keyPattern)])
  .refine(key => !hasSmallOrder(key), 'no key of small order: anyone could sign for it')

/**
 * The encodings of points of small order, less the sign bit: for these keys one signature can hold for every text, and
 * not every OpenSSL refuses them (list as in libsodium, ge25519_has_small_order).
 */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

function hasSmallOrder(key: string): boolean {
  const bytes = Buffer.from(key.slice('ed25519:'.length), 'base64url')
  bytes[31]! &= 127
  return smallOrder.has(bytes.toString('hex'))
}

/** 64 bytes, base64url. */
export const signatureSchema = z.string().regex(signaturePattern)

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
  const object = keyObjectOf(key)
  if (object === undefined || !signaturePattern.test(signature)) return false
  try {
    return verify(null, bytes, object, Buffer.from(signature, 'base64url'))
  } catch {
    return false // not every OpenSSL finds out before that a key is no point on the curve
  }
}

const verifyInPool = promisify<null, Uint8Array, KeyObject, Uint8Array, boolean>(
  (algorithm, bytes, key, signature, done) => verify(algorithm, bytes, key, signature, done),
)

/** As `verifySignature`, in a thread of the process's pool: for very many, so that others have their turns. */
export async function verifySignatureInPool(
  key: PublicKey,
  bytes: Uint8Array,
  signature: string,
): Promise<boolean> {
  const object = keyObjectOf(key)
  if (object === undefined || !signaturePattern.test(signature)) return false
  try {
    return await verifyInPool(null, bytes, object, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

/** Making a key's object takes half as long as verifying with it, so that the last ones made are kept. */
const keysKept = 1024
const keyObjects = new Map<PublicKey, KeyObject>()

/** Undefined for what is no key: also one that is no point on the curve. */
function keyObjectOf(key: PublicKey): KeyObject | undefined {
  const kept = keyObjects.get(key)
  if (kept !== undefined) return kept
  const object = makeKeyObject(key)
  if (object === undefined) return undefined
  const [oldest] = keyObjects.keys()
  if (oldest !== undefined && keyObjects.size >= keysKept) keyObjects.delete(oldest)
  keyObjects.set(key, object)
  return object
}

function makeKeyObject(key: PublicKey): KeyObject | undefined {
  if (!publicKeySchema.safeParse(key).success) return undefined
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.slice('ed25519:'.length) }
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
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
