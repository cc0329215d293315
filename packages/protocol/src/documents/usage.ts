import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'

/** One answer that an agent gave: what a statement counts. Signed by the node; says nothing of the case itself. */
export const usageSchema = z.strictObject({
  kind: z.literal('usage'),
  id: idSchema('usage'),
  agreement: digestSchema,
  member: idSchema('member'),
  version: idSchema('version'),
  case: idSchema('case'),
  /** Who answered. Deferred cases are counted once a person has answered them. */
  by: z.enum(['agent', 'expert']),
  at: z.iso.datetime(),
})
export type Usage = z.infer<typeof usageSchema>
export type SignedUsage = Signed<Usage>
export const signedUsageSchema = signedSchema(usageSchema)
