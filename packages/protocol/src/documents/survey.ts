import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'
import { questionSchema } from './question.ts'

/** Of fewer partners' values than this nothing is told: of a sum over two, each knows the other part. */
export const surveyPartnersMin = 3

/**
 * Questions to all partners about their training records of one data set, answered in one secure sum. Signed by the hub
 * and bound to roster and agreement; its digest is what the members' masks hang on, so all answer the same text.
 */
export const surveySchema = z.strictObject({
  kind: z.literal('survey'),
  id: idSchema('survey'),
  dataset: nameSchema,
  roster: digestSchema,
  agreement: digestSchema,
  questions: z.array(questionSchema).min(1).max(1000),
  /** The most records that a partner may have: it bounds the sums. */
  rowsMax: z.int().min(1).max(1e9),
  /** Counts of categories: each node adds discrete Laplace noise of scale 1/epsilon to each of its own. */
  epsilon: z.number().min(0.01).max(100),
  /** A category that one record alone has is named with at most this probability. */
  delta: z.number().min(1e-12).max(0.1),
  /** How long the hub waits for each step: a duration, since clocks differ. */
  withinMs: z.int().min(1),
})
export type Survey = z.infer<typeof surveySchema>
export type SignedSurvey = Signed<Survey>
export const signedSurveySchema = signedSchema(surveySchema)

/** What a member is asked: the questions, and among whom the answers are summed, which is the hub's word. */
export const surveyRequestSchema = z.object({
  signed: signedSurveySchema,
  /** From 1. */
  attempt: z.int().min(1),
  members: z.array(nameSchema),
})
export type SurveyRequest = z.infer<typeof surveyRequestSchema>

const count = z.int().min(0)
const field = z.string()
/** How many partners' values are in it. */
const partners = z.int().min(0)

/** A quantile read off a histogram: the value at that rank lies in [low, high]. */
const quantileSchema = z.object({ share: z.number(), value: z.number(), low: z.number(), high: z.number() })

/** What the sum of all answers says to one question. */
export const surveyAnswerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('moments'),
    field,
    partners,
    count,
    /** How many of the values were clipped to the agreed range. */
    clipped: count,
    mean: z.number(),
    /** Divided by the count; 0 where all values are equal. */
    deviation: z.number(),
    /** Rounding moved the mean by at most this much. */
    error: z.number(),
  }),
  z.object({
    kind: z.literal('histogram'),
    field,
    partners,
    count,
    /** Bins with few values were joined with their neighbours. */
    edges: z.array(z.number()),
    counts: z.array(count),
    quantiles: z.array(quantileSchema),
  }),
  z.object({
    kind: z.literal('candidates'),
    field,
    partners,
    /** Categories with a lower noisy count are not named. */
    threshold: z.int(),
    /** With the noise of all nodes. */
    released: z.array(z.object({ category: z.string(), count: z.int() })),
  }),
  /** Of too few partners' values, so that it would be about them and not about all. */
  z.object({ kind: z.literal('withheld'), field, partners }),
])
export type SurveyAnswer = z.infer<typeof surveyAnswerSchema>
