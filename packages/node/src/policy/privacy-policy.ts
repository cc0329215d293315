import { exemptionsSchema, nameSchema } from '@consort/protocol'
import { z } from 'zod'

const budgetSchema = z
  .strictObject({
    /** As it is registered. The budget is its records': it follows them under another name. */
    dataset: nameSchema,
    /** For everything that is ever released of one record or person. */
    epsilon: z.number().positive().max(1000),
    /** 10⁻⁵ or 1/(10 N) when absent, whichever is less. */
    delta: z.number().gt(0).max(0.1).optional(),
    /** The column that says whose record it is: then all records of a person share one budget. */
    person: z.string().min(1).max(200).optional(),
    /** The most records of one person. Everyone is charged for so many: how many somebody has would else show. */
    recordsMax: z.int().min(1).max(1000).optional(),
  })
  .refine(({ person, recordsMax }) => (person === undefined) === (recordsMax === undefined), {
    path: ['recordsMax'],
    message: '`person` and `recordsMax`, the most records of one person, go together',
  })
export type DatasetBudget = z.infer<typeof budgetSchema>

/** Below it, an update is a gradient or two of a few records, from which records can be read (Geiping et al. 2020). */
const workMinDefault = 50

/** What may become known of single records. */
export const privacyPolicySchema = z
  .strictObject({
    budgets: z
      .array(budgetSchema)
      .refine(
        budgets => new Set(budgets.map(({ dataset }) => dataset)).size === budgets.length,
        'two budgets for one data set',
      )
      .default([]),
    /** Printed on the cards of the models that come of it. */
    exempt: exemptionsSchema.prefault({}),
    /** ε of one evaluation: the accuracy is told with noise, the other metrics not at all. */
    metricsEpsilon: z.number().min(0.001).max(100).optional(),
    /** ε of the counts on a data card, which then carry noise. */
    cardEpsilon: z.number().min(0.001).max(100).optional(),
    /** The least examples × local steps that an update may come from. */
    workMin: z.int().min(0).default(workMinDefault),
  })
  .refine(({ exempt, metricsEpsilon }) => exempt.metrics === undefined || metricsEpsilon === undefined, {
    path: ['metricsEpsilon'],
    message: 'metrics are either exempt or told with noise',
  })
export type PrivacyPolicy = z.infer<typeof privacyPolicySchema>
