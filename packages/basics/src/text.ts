import { z } from 'zod'

/** What people read, in both languages of the system. */
export const textSchema = z.strictObject({ en: z.string().min(1).max(2000), zh: z.string().min(1).max(2000) })
export type Text = z.infer<typeof textSchema>
