import { createHash, hash } from 'node:crypto'

const blockBytes = 64
export const digestBytes = 32

/**
 * HMAC-SHA-256 (RFC 2104) of many short messages under one key, in a third of the time of `createHmac`: whoever writes
 * a message leaves room for the block of the key in front of it, so that both hashes are one call each. Their results
 * come as strings of one character a byte, which takes half the time of a buffer.
 */
export interface KeyedHash {
  /** What stands before every message. */
  readonly head: Uint8Array
  /** Writes the first `width` bytes of the digest of `message`, which begins with `head`, into `into` at `at`. */
  digest(message: Uint8Array, into: Uint8Array, at: number, width: number): void
}

export function createKeyedHash(key: Uint8Array): KeyedHash {
  const block = new Uint8Array(blockBytes)
  block.set(key.length > blockBytes ? createHash('sha256').update(key).digest() : key)
  const head = block.map(byte => byte ^ 0x36)
  const outer = new Uint8Array(blockBytes + digestBytes)
  outer.set(block.map(byte => byte ^ 0x5c))
  return {
    head,
    digest(message, into, at, width) {
      const inner = hash('sha256', message, 'binary')
      for (let place = 0; place < digestBytes; place++) outer[blockBytes + place] = inner.charCodeAt(place)
      const digest = hash('sha256', outer, 'binary')
      for (let place = 0; place < width; place++) into[at + place] = digest.charCodeAt(place)
    },
  }
}
