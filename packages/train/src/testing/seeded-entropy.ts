import { createCipheriv, createHash } from 'node:crypto'
import type { Entropy } from '@consort/protocol'

/** A repeatable stream of bytes for tests: AES-256-CTR under a key made from the seed. */
export function seededEntropy(seed: string): Entropy {
  const key = createHash('sha256').update(seed).digest()
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  return { bytes: count => new Uint8Array(stream.update(new Uint8Array(count))) }
}
