import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { signedDataCardSchema } from '../documents/data-card.ts'
import { monthSchema, signedStatementSchema } from '../documents/statement.ts'
import { signedUsageSchema } from '../documents/usage.ts'
import { filledUsagePageSchema } from '../documents/usage-page.ts'
import { endpoint } from '../http/endpoint.ts'
import { documentSignatureSchema } from '../signed-document.ts'

/** Usage events that fit into one call. */
export const usagePerCall = 500

export const putUsage = endpoint({
  method: 'POST',
  path: '/v1/usage',
  summary: 'Tells the hub of answers that a member’s agents gave; an event that it knows counts once',
  access: 'member',
  body: z.strictObject({ events: z.array(signedUsageSchema).max(usagePerCall) }),
  errors: [
    'signature-invalid',
    'agreement-refused',
    'not-found',
    'state-conflict',
    'too-large',
    'gone',
    'digest-mismatch',
  ],
})

const statementParams = z.strictObject({ month: monthSchema })
/** Each edition of the agreement has a statement of its own; that in force when absent. */
export const statementQuery = z.strictObject({ agreement: z.coerce.number().int().min(1).optional() })

/** A month's statement with what it was worked out from, or where that lies, so that anybody can do it again. */
export const statementViewSchema = z.object({
  inForce: signedStatementSchema.nullable(),
  proposed: signedStatementSchema.nullable(),
  /** The events of a statement of the first edition; empty where it names pages. */
  usage: z.array(signedUsageSchema),
  /** For each version that answered, the cards of the data that trained it. */
  lineage: z.array(z.object({ version: idSchema('version'), cards: z.array(signedDataCardSchema) })),
  /** Answers of the month that the hub was told of and that the statement does not count; hubs of wire 1 do not say. */
  uncounted: z.int().min(0).optional(),
})
export type StatementView = z.infer<typeof statementViewSchema>

export const makeStatement = endpoint({
  method: 'POST',
  path: '/v1/statements/:month',
  summary: 'Works a month out and puts the statement up for signature; safe to repeat',
  access: 'operator',
  params: statementParams,
  query: statementQuery,
  result: statementViewSchema,
  errors: ['agreement-unsigned', 'state-conflict'],
})

export const getStatement = endpoint({
  method: 'GET',
  path: '/v1/statements/:month',
  summary: 'A month’s statement and what it was worked out from; it names pages of usage events by digest',
  access: 'reader',
  params: statementParams,
  query: statementQuery,
  result: statementViewSchema,
})

export const signStatement = endpoint({
  method: 'POST',
  path: '/v1/statements/:month/signatures',
  summary: 'Adds a partner’s signature to the proposed statement; safe to repeat',
  access: 'member',
  params: statementParams,
  query: statementQuery,
  body: z.strictObject({ statement: digestSchema, signature: documentSignatureSchema }),
  result: statementViewSchema,
  errors: ['statement-wrong', 'signature-invalid'],
})

/** More octets than any page has. */
export const usagePageBytesMax = 4 * 1024 * 1024

export const getUsagePage = endpoint({
  method: 'GET',
  path: '/v1/usage-pages/:page',
  summary: 'A sealed page of usage events, by its digest',
  access: 'reader',
  params: z.strictObject({ page: digestSchema }),
  result: filledUsagePageSchema,
  errors: ['not-found', 'gone', 'digest-mismatch'],
})
