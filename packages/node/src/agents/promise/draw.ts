import type { Entropy } from '@consort/protocol'

/** Draws numbers in [0, 1) from 48 bits each. */
export function uniformOf(entropy: Entropy): () => number {
  return () => Buffer.from(entropy.bytes(6)).readUIntBE(0, 6) / 2 ** 48
}
