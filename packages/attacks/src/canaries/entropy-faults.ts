import { createCipheriv, createHash } from 'node:crypto'
import type { Entropy } from '@consort/protocol'

/** Bytes that repeat with the seed: what a generator is to whoever knows its seed. */
export function seededEntropy(seed: string): Entropy {
  const key = createHash('sha256').update(seed).digest()
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return { bytes: count => new Uint8Array(stream.update(new Uint8Array(count))) }
}

/** What the noise asks for at a time, and nothing else does: 16,384 values from two words of 32 bits each. */
const noiseBytes = 16_384 * 2 * 4

/** A generator that is sound but for the noise, which is the same in every step. */
export function reusingNoise(entropy: Entropy): Entropy {
  const first = entropy.bytes(noiseBytes)
  return { bytes: count => (count === noiseBytes ? first : entropy.bytes(count)) }
}
