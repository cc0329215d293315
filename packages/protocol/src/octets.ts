import { z } from 'zod'

/** A number of bytes as they stand in messages: base64url without padding, one text for each. */
export function octetsSchema(count: number) {
  return z
    .string()
    .max(Math.ceil((count * 4) / 3))
    .refine(text => isCanonical(text, count), `${count} bytes in base64url`)
}

/** The unused bits of the last letter are zero. */
function isCanonical(text: string, count: number): boolean {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === count && bytes.toString('base64url') === text
}
