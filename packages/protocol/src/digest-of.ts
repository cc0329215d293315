import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'
import type { Digest } from './digest.ts'

/** The digest of some bytes. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** The digest of a JSON value, by its canonical text. */
export function digestOfJson(value: unknown): Digest {
  return digestOfBytes(Buffer.from(canonicalJson(value)))
}
