import { createHmac } from 'node:crypto'
import { type Digest, digestOfBytes, type Entropy } from '@consort/protocol'

/** A key to a node: 256 random bits, so that its plain digest is safe to keep. */
export function createKeyText(entropy: Entropy): string {
  return `ck_${Buffer.from(entropy.bytes(32)).toString('base64url')}`
}

/** What is kept of a key. */
export function digestOfKey(key: string): Digest {
  return digestOfBytes(Buffer.from(key))
}

/** The key in an `Authorization` header (RFC 6750), or undefined. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +(ck_[A-Za-z0-9_-]{43})$/i.exec(header ?? '')?.[1]
}

/**
 * The secret that signs the webhooks of one key, in the form of Standard Webhooks. Derived, so that the database does
 * not hold it: whoever reads only that can sign nothing.
 */
export function webhookSecretOf(nodeSecret: Uint8Array, keyId: string): string {
  const bytes = createHmac('sha256', nodeSecret).update('consort-webhook\n').update(keyId).digest()
  return `whsec_${bytes.toString('base64')}`
}
