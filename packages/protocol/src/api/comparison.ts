import { idSchema, nameSchema, textSchema } from '@consort/basics'
import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'

const estimateSchema = z.object({ value: z.number(), low: z.number(), high: z.number() })

/** Own model, shared model, and the shared one fine-tuned at home, on records that none of them was trained on. */
export const comparisonSchema = z.object({
  version: idSchema('version'),
  records: z.int(),
  accuracy: z.object({ own: estimateSchema, shared: estimateSchema, fineTuned: estimateSchema }),
  difference: z.object({
    sharedOverOwn: estimateSchema,
    fineTunedOverOwn: estimateSchema,
    fineTunedOverShared: estimateSchema,
  }),
  recommendation: z.enum(['join', 'personalise', 'stay-out', 'no-clear-difference']),
  text: textSchema,
})
export type Comparison = z.infer<typeof comparisonSchema>

export const compareModels = endpoint({
  method: 'POST',
  path: '/v1/models/:version/comparison',
  summary:
    'Trains an own model and a fine-tuned one here, and compares them with the shared one; nothing leaves the node',
  access: 'operator',
  params: z.strictObject({ version: idSchema('version') }),
  body: z.strictObject({ dataset: nameSchema }),
  result: comparisonSchema,
  errors: ['not-found', 'split-empty', 'data-mismatch', 'unreachable'],
})
