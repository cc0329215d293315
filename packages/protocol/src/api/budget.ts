import { nameSchema } from '@consort/basics'
import { z } from 'zod'
import { signedPrivacyMarkSchema } from '../documents/privacy-mark.ts'
import { exemptionsSchema, signedPrivacyStatementSchema } from '../documents/privacy-statement.ts'
import { endpoint } from '../http/endpoint.ts'

const markResult = z.object({ mark: signedPrivacyMarkSchema.nullable() })

export const getPrivacyMark = endpoint({
  method: 'GET',
  path: '/v1/privacy/mark',
  summary: 'How far the calling member’s privacy book had come when the hub last signed for it',
  access: 'member',
  result: markResult,
})

export const putPrivacyMark = endpoint({
  method: 'PUT',
  path: '/v1/privacy/mark',
  summary: 'Has the hub sign the next state of a member’s privacy book; safe to repeat',
  access: 'member',
  body: z.strictObject({
    mark: signedPrivacyMarkSchema,
    /** The last one that the hub signed; null before the first. */
    previous: signedPrivacyMarkSchema.nullable(),
  }),
  result: markResult,
  errors: ['privacy-budget-restored', 'signature-invalid'],
})

export const putPrivacyStatement = endpoint({
  method: 'PUT',
  path: '/v1/privacy/statements',
  summary: 'What a run may have told of a member’s records; a later statement takes the place of an earlier',
  access: 'member',
  body: signedPrivacyStatementSchema,
  errors: ['signature-invalid', 'not-found'],
})

export const budgetViewSchema = z.object({
  dataset: nameSchema,
  unit: z.enum(['record', 'person']),
  units: z.int(),
  epsilon: z.number(),
  delta: z.number(),
  /** The ε of one more release that the unit with the least left would let through. */
  left: z.number(),
  /** Of the budget. */
  leftShare: z.number().min(0).max(1),
})
export type BudgetView = z.infer<typeof budgetViewSchema>

export const budgetsViewSchema = z.object({
  budgets: z.array(budgetViewSchema),
  exempt: exemptionsSchema,
  /** Whether the hub has signed for more than this node's books show: then they were restored from an older copy. */
  books: z.enum(['current', 'restored', 'hub-unreachable']),
  reservations: z.int(),
})
export type BudgetsView = z.infer<typeof budgetsViewSchema>

export const showBudgets = endpoint({
  method: 'GET',
  path: '/v1/budgets',
  summary: 'The privacy budgets of this node’s data sets, and what is left of them',
  access: 'operator',
  result: budgetsViewSchema,
  errors: ['data-changed', 'data-mismatch', 'privacy-parameters-invalid'],
})

/** Only an owner who knows that the directory was restored calls this. */
export const reconcileBudgets = endpoint({
  method: 'POST',
  path: '/v1/budgets/reconciliation',
  summary:
    'Charges every record with the most that any can have lost, after a restored backup; safe to repeat',
  access: 'operator',
  result: budgetsViewSchema,
  errors: ['signature-invalid', 'unreachable'],
})
