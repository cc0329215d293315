import { hash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`

export const digestSchema = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])

/** The digest of some bytes. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}

/** The digest of a JSON value, by its canonical text. */
export function digestOfJson(value: unknown): Digest {
  return digestOfBytes(Buffer.from(canonicalJson(value)))
}
