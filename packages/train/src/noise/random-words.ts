import { randomFillSync } from 'node:crypto'
import { endianness } from 'node:os'
import type { Entropy } from '@consort/protocol'
import { Refusal } from '@consort/protocol'

/** Random bits in a buffer that is filled whole, handed out once and wiped. */
export interface RandomWords {
  readonly words: Int32Array<ArrayBuffer>
  /** Fills all of `words` anew. */
  refill(): void
  /** Overwrites what is left, so that noise which has been used cannot be read from memory and taken off again. */
  wipe(): void
  /** 64 fresh bits that are not in `words`; slow, for rare cases. */
  bits64(): bigint
  /** 16 fresh bits that are not in `words`; slow, for rare cases. */
  bits16(): number
}

/**
 * Words of 32 bits, so many or in memory of the caller's. Without `entropy` they come from the operating system's
 * generator by way of OpenSSL's CTR_DRBG (AES-256, NIST SP 800-90A), which forgets its key after each request and gives
 * 6 GB/s when 64 KiB or more are asked for: no generator of our own is faster. `entropy` is for tests.
 */
export function createRandomWords(memory: number | Int32Array<ArrayBuffer>, entropy?: Entropy): RandomWords {
  if (endianness() !== 'LE')
    throw new Refusal('internal', 'Tables of noise are laid out for little-endian machines')
  const fill = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (entropy === undefined) randomFillSync(bytes)
    else bytes.set(entropy.bytes(bytes.length))
  }
  const words = typeof memory === 'number' ? new Int32Array(memory) : memory
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  const rare = new DataView(new ArrayBuffer(8))
  const rareBytes = new Uint8Array(rare.buffer)
  return {
    words,
    refill: () => fill(bytes),
    wipe: () => {
      words.fill(0)
    },
    bits64: () => {
      fill(rareBytes)
      return rare.getBigUint64(0)
    },
    bits16: () => {
      fill(rareBytes)
      return rare.getUint16(0)
    },
  }
}
