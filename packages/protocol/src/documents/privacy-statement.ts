import { idSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'

/** In the owner's words, why releases of one sort are made without noise and charged to no budget. */
const exemptWordsSchema = z.string().trim().min(10, 'say it in words').max(500)

/**
 * `metrics` of versions on held-out records, `statistics` of the fields, `trials` at home: agents calibrated and models
 * compared on held-out records; `trainer`: a program of the owner's own is charged what the recipe says, unproven.
 */
export const exemptionsSchema = z.strictObject({
  metrics: exemptWordsSchema.optional(),
  statistics: exemptWordsSchema.optional(),
  trials: exemptWordsSchema.optional(),
  trainer: exemptWordsSchema.optional(),
})
export type Exemptions = z.infer<typeof exemptionsSchema>

/**
 * A privacy report: what a run may have disclosed of a member's records with a privacy budget, by the member's own
 * ledgers. It counts what was reserved, so that it is never less than what was released. It holds against those who get
 * the model of every round; it does not promise that nobody learns who took part.
 */
export const privacyStatementSchema = z.strictObject({
  kind: z.literal('privacy-statement'),
  member: idSchema('member'),
  run: idSchema('run'),
  card: idSchema('card'),
  /** Neighbouring data sets differ in one of these, more or less. */
  unit: z.enum(['record', 'person']),
  /** By this run, for the unit that lost most, as if its rounds had been fixed beforehand. */
  epsilon: z.number().min(0),
  delta: z.number().gt(0).lt(1),
  /** What nothing that was ever released of these records exceeds, the exemptions apart. */
  budget: z.number().positive(),
  exempt: exemptionsSchema,
})
export type PrivacyStatement = z.infer<typeof privacyStatementSchema>
export type SignedPrivacyStatement = Signed<PrivacyStatement>
export const signedPrivacyStatementSchema = signedSchema(privacyStatementSchema)
