import { z } from 'zod'

/** Text that every database and every digest takes as it is: no half of a surrogate pair, no NUL. */
export function wellFormedText(max: number) {
  return z
    .string()
    .max(max)
    .refine(text => text.isWellFormed(), 'half a surrogate pair')
    .refine(text => !text.includes('\0'), 'a NUL')
}
