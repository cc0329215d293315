import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'
import { benefitRuleSchema, minorUnitsSchema, wordingEditionSchema } from './agreement.ts'

/** A calendar month in UTC, e.g. `2026-11`. */
export const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as "2026-11"')

const signedMinorUnits = z.int().min(-1e12).max(1e12)

const statementFields = {
  kind: z.literal('statement'),
  consortium: nameSchema,
  /** That of the agreement. */
  wording: wordingEditionSchema.optional(),
  agreement: digestSchema,
  month: monthSchema,
  currency: z.string().regex(/^[A-Z]{3}$/),
  answerPrice: minorUnitsSchema,
  rule: benefitRuleSchema,
  revenue: minorUnitsSchema,
  lines: z
    .array(
      z.strictObject({
        member: idSchema('member'),
        name: nameSchema,
        /** Answers that this partner's agents gave, and the price of which it collected. */
        answers: z.int().min(0),
        collected: minorUnitsSchema,
        /** Examples in the versions that answered, summed over the month's answers. */
        examples: z.int().min(0),
        share: minorUnitsSchema,
        /** `share − collected`: what this partner is still to get, or below zero to pay. Sums to zero. */
        balance: signedMinorUnits,
      }),
    )
    .min(1)
    .max(1000),
}

/** The first edition, which names all its usage events at once. Hubs of wire 1 made it. */
const wholeStatementSchema = z.strictObject({
  ...statementFields,
  /** Hubs left it out. */
  edition: z.literal(1).optional(),
  /** Over the usage events that were counted, in the order of their ids. */
  usage: digestSchema,
})
export type WholeStatement = z.infer<typeof wholeStatementSchema>

/** The most pages that a statement names: ten million answers. */
export const usagePagesMax = 10_000

const pagedStatementSchema = z.strictObject({
  ...statementFields,
  edition: z.literal(2),
  /** The pages of usage events that were counted, each once, in the order of their numbers. */
  pages: z.array(digestSchema).max(usagePagesMax),
})
export type PagedStatement = z.infer<typeof pagedStatementSchema>

/**
 * What a month's use of the consortium's models earned, and how it is divided by the agreement's rule. Signed by
 * the hub, countersigned by every partner that has worked it out anew. The shares add up to the revenue exactly.
 */
export const statementSchema = z.discriminatedUnion('edition', [pagedStatementSchema, wholeStatementSchema])
export type Statement = z.infer<typeof statementSchema>
export type SignedStatement = Signed<Statement>
export const signedStatementSchema = signedSchema(statementSchema)
