import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'

/** Of fewer recorded values than this, a node tells nothing: the mean of one is the value itself. */
export const statisticsCountMin = 10

/** Count, mean and sum of squared deviations from it, of the recorded values of one number field. */
export const fieldMomentsSchema = z.strictObject({
  field: z.string().min(1).max(200),
  count: z.int().min(statisticsCountMin).max(1e12),
  mean: z.number(),
  m2: z.number().min(0),
})
export type FieldMoments = z.infer<typeof fieldMomentsSchema>

/**
 * What a node tells of its training records so that all partners standardise alike, where the agreement allows it.
 * The hub sees each partner's numbers. Signed by the node.
 */
export const fieldStatisticsSchema = z.strictObject({
  kind: z.literal('field-statistics'),
  card: idSchema('card'),
  member: idSchema('member'),
  dataset: nameSchema,
  fields: z.array(fieldMomentsSchema).max(1000),
})
export type FieldStatistics = z.infer<typeof fieldStatisticsSchema>
export type SignedFieldStatistics = Signed<FieldStatistics>
export const signedFieldStatisticsSchema = signedSchema(fieldStatisticsSchema)

/** Mean and standard deviation over all partners' records: the center and scale of a recipe's number features. */
export const fieldScaleSchema = z.object({
  field: z.string(),
  count: z.int(),
  mean: z.number(),
  deviation: z.number(),
})
export type FieldScale = z.infer<typeof fieldScaleSchema>
