import { z } from 'zod'

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`

export const digestSchema = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])
