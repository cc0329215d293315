import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { fieldScaleSchema, signedFieldStatisticsSchema } from '../documents/field-statistics.ts'
import { endpoint } from '../http/endpoint.ts'

export const putStatistics = endpoint({
  method: 'PUT',
  path: '/v1/statistics',
  summary:
    'Tells the hub counts, means and deviations of a registered data set, where the agreement allows it',
  access: 'member',
  body: signedFieldStatisticsSchema,
  errors: ['agreement-refused', 'signature-invalid', 'not-found'],
})

export const getScales = endpoint({
  method: 'GET',
  path: '/v1/datasets/:dataset/scales',
  summary: 'Means and deviations over all partners’ records, for everybody to standardise alike',
  access: 'reader',
  params: z.strictObject({ dataset: nameSchema }),
  result: z.object({
    /** Whose records are in them. */
    partners: z.array(nameSchema),
    fields: z.array(fieldScaleSchema),
    /** The survey that they come from; null where partners told the hub each their own. */
    survey: idSchema('survey').nullable(),
  }),
})
