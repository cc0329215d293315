import { createHmac, hkdfSync } from 'node:crypto'
import { canonicalJson, Refusal } from '@consort/protocol'

const secretBytesMin = 32

/**
 * The key under which an owner's records go to one recipient: HKDF-SHA-256 (RFC 5869) of the owner's secret, bound to
 * the recipient's name. Two recipients who compare what they got cannot join it by its hashes or dates.
 * 32 bytes. Throws `input-invalid` for a secret of fewer than 32 bytes.
 */
export function recipientKey(secret: Uint8Array, recipient: string): Uint8Array {
  if (secret.length < secretBytesMin) {
    throw new Refusal('input-invalid', `The secret for de-identification has ${secret.length} bytes`, {
      hint: `Take ${secretBytesMin} random bytes or more, and keep them at the node: whoever has them can undo the hashes.`,
    })
  }
  const info = `consort/deidentification/recipient/v1\0${recipient}`
  return new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), info, 32))
}

/**
 * HMAC-SHA-256 (RFC 2104), truncated to 128 bits, of a value in its domain, as 32 hexadecimal digits. The same
 * value has the same hash as long as key and domain are the same. Two of n values collide with probability below
 * n² / 2^129. It hides a value from a small set (a resident ID, a date of birth) only from those without the key.
 */
export function keyedHash(value: string, { key, domain }: { key: Uint8Array; domain: string }): string {
  return keyedDigest(key, ['keyed-hash', domain, value.normalize('NFKC').trim()])
    .subarray(0, 16)
    .toString('hex')
}

/** HMAC-SHA-256 of a list of words; JSON keeps their boundaries, the first one says what it is for. */
export function keyedDigest(key: Uint8Array, words: readonly [purpose: string, ...string[]]): Buffer {
  return createHmac('sha256', key).update(canonicalJson(words)).digest()
}
