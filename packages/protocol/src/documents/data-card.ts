import { z } from 'zod'
import { idSchema, nameSchema } from '../id.ts'
import { type Signed, signedSchema } from '../signed-document.ts'

const count = z.int().min(0).max(1e12)

/** What others may know of a data set: shape and size, never a value. Signed by the node that holds it. */
export const dataCardSchema = z.strictObject({
  kind: z.literal('data-card'),
  id: idSchema('card'),
  member: idSchema('member'),
  /** The consortium's name for this sort of data; recipes ask for it. */
  dataset: nameSchema,
  /** Held back for the common test, or for training and validation at home. */
  role: z.enum(['train', 'test']),
  contents: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('images'),
      height: z.int().min(1),
      width: z.int().min(1),
      channels: z.int().min(1).max(4),
    }),
    z.strictObject({ kind: z.literal('table'), columns: z.array(z.string().min(1).max(200)).max(10_000) }),
  ]),
  /** Examples that training may use: the weight of this partner's updates. 0 for a test set. */
  trainExamples: count,
  /** Examples kept for evaluation: the validation split, or the whole of a test set. */
  evaluationExamples: count,
})
export type DataCard = z.infer<typeof dataCardSchema>
export type SignedDataCard = Signed<DataCard>
export const signedDataCardSchema = signedSchema(dataCardSchema)
