import { hash } from 'node:crypto'
import type { Digest } from '@consort/basics'
import { canonicalJson } from '@consort/basics'

/** The digest of some bytes. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** The digest of a JSON value, by its canonical text. */
export function digestOfJson(value: unknown): Digest {
  return digestOfBytes(Buffer.from(canonicalJson(value)))
}
