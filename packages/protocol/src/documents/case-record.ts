import { z } from 'zod'

/** Text that every database and every digest takes as it is: no half of a surrogate pair. */
const cellText = (max: number) =>
  z
    .string()
    .max(max)
    .refine(text => text.isWellFormed(), 'half a surrogate pair')

/** What an agent is asked about. */
export const caseRecordSchema = z.discriminatedUnion('kind', [
  /** A row of a table by field, in the schema's units and codes; null where nothing is recorded. */
  z.strictObject({
    kind: z.literal('row'),
    cells: z.record(cellText(200), z.union([cellText(2000), z.number(), z.null()])),
  }),
  /** A PNG or JPEG file in base64. */
  z.strictObject({ kind: z.literal('image'), file: z.base64().max(4_000_000) }),
])

export type CaseRecord = z.infer<typeof caseRecordSchema>
