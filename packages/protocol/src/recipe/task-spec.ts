import { z } from 'zod'

/** What a model learns to say. */
export const taskSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('classification'),
    classes: z.array(z.string().min(1).max(100)).min(2).max(10_000),
  }),
  z.strictObject({
    kind: z.literal('regression'),
    /** The model learns `(label − center) / scale`. */
    center: z.number().default(0),
    scale: z.number().positive().default(1),
  }),
])
export type TaskSpec = z.infer<typeof taskSpecSchema>
