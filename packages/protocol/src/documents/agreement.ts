import { digestSchema, nameSchema, textSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'
import { tableSchemaSchema } from './field-schema.ts'

/** Integer minor units of the agreement's currency, e.g. cents. */
export const minorUnitsSchema = z.int().min(0).max(1e12)

/** How what the model earns is divided among the partners. */
export const benefitRuleSchema = z.discriminatedUnion('kind', [
  /** By parts that the partners settled beforehand. */
  z.strictObject({
    kind: z.literal('fixed'),
    parts: z
      .array(z.strictObject({ member: nameSchema, parts: z.int().min(0).max(1_000_000) }))
      .min(1)
      .max(1000),
  }),
  /** By the answers that each partner's agent gave. */
  z.strictObject({ kind: z.literal('by-use') }),
  /** By the examples that each partner brought to the versions that answered. */
  z.strictObject({ kind: z.literal('by-examples') }),
])
export type BenefitRule = z.infer<typeof benefitRuleSchema>

/**
 * The edition of the standard sentences by which a document is read. Absent, as in documents from before there were
 * editions (their digests stay), it is the first.
 */
export const wordingEditionSchema = z.literal(2)

/**
 * The terms of a consortium. Each version names the one before by digest; it is in force when the hub and every
 * partner have signed it. Hub and nodes refuse what the version in force does not cover.
 */
export const agreementSchema = z.strictObject({
  kind: z.literal('agreement'),
  consortium: nameSchema,
  version: z.int().min(1),
  previous: digestSchema.nullable(),
  wording: wordingEditionSchema.optional(),
  /** Which text holds where English and Chinese differ; absent where neither does. Said from the second wording on. */
  prevails: z.enum(['en', 'zh']).optional(),
  /** Who: the roster whose partners sign. */
  roster: digestSchema,
  purpose: textSchema,
  /** The data sets that runs may use, and of each only these fields. */
  data: z.array(tableSchemaSchema).min(1).max(100),
  /**
   * What nodes may tell of their fields so that all standardise alike: each its own counts, means and deviations,
   * nothing, or answers to surveys, of which only the sum over all is seen. Who may tell its own may answer surveys
   * too.
   */
  statistics: z.union([z.boolean(), z.strictObject({ secureSum: z.literal(true) })]),
  /** Recipes that may be trained, by name; by digest too where one is given. */
  recipes: z
    .array(z.strictObject({ name: nameSchema, digest: digestSchema.optional() }))
    .min(1)
    .max(1000),
  /** The least protection that a run must give to updates, and an export to records. */
  privacy: z.strictObject({
    secureAggregation: z.boolean(),
    /**
     * The most privacy loss of a record in one run, at δ = 1e-5, which each node works out; null where none is asked
     * for.
     */
    epsilonMax: z.number().positive().nullable(),
    /**
     * The least that a de-identified table must hold to leave its owner: classes of k, with l values of each sensitive
     * field. Null, or absent as in terms from before there was such a term (their digests stay), where none is asked
     * for.
     */
    anonymity: z
      .strictObject({ k: z.int().min(2).max(1_000_000), l: z.int().min(1).max(1000) })
      .nullable()
      .optional(),
  }),
  /** Whose agents may answer with the model. */
  use: z.array(nameSchema).min(1).max(1000),
  /** A new run of the last recipe starts when so many new examples have been registered; null for never. */
  retrainAfterExamples: z.int().min(1).nullable(),
  benefit: z.strictObject({
    /** ISO 4217. */
    currency: z.string().regex(/^[A-Z]{3}$/),
    /** What a caller owes for an answer. */
    answerPrice: minorUnitsSchema,
    rule: benefitRuleSchema,
  }),
})
export type Agreement = z.infer<typeof agreementSchema>
export type SignedAgreement = Signed<Agreement>
export const signedAgreementSchema = signedSchema(agreementSchema)

/** What a proposal says; the hub adds the number, the version before it, the wording and the roster. */
export const agreementTermsSchema = agreementSchema.omit({
  kind: true,
  consortium: true,
  version: true,
  previous: true,
  wording: true,
  roster: true,
})
export type AgreementTerms = z.infer<typeof agreementTermsSchema>

export const agreementViewSchema = z.object({
  inForce: signedAgreementSchema.nullable(),
  proposed: signedAgreementSchema.nullable(),
})
/** What the hub shows: the version in force, and the next one while signatures are missing. */
export type AgreementView = z.infer<typeof agreementViewSchema>
