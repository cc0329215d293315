import { idSchema, nameSchema } from '@consort/basics'
import { contentsSchema } from '@consort/records'
import { z } from 'zod'
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
  contents: contentsSchema,
  /** Examples that training may use: the weight of this partner's updates. 0 for a test set. */
  trainExamples: count,
  /** Examples kept for evaluation: the validation split, or the whole of a test set. */
  evaluationExamples: count,
})
export type DataCard = z.infer<typeof dataCardSchema>
export type SignedDataCard = Signed<DataCard>
export const signedDataCardSchema = signedSchema(dataCardSchema)
