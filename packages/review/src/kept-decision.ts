import { decisionReasonSchema, idSchema, importanceSchema } from '@consort/protocol'
import { z } from 'zod'
import type { Decision, PlainAnswer } from './case-file.ts'

const propensities = z.object({ answer: z.number(), defer: z.number() })
const audit = z.object({
  isAudited: z.boolean(),
  propensity: z.number(),
  propensityLeast: z.number(),
})
const rival = z.object({ version: idSchema('version'), class: z.string() })

/**
 * What the first versions did not write yet. Guarantees count from 1, so that none weighs what was decided before them.
 */
const sinceLater = {
  calibrated: z.string().default('1970-01-01T00:00:00.000Z'),
  rival: rival.nullable().default(null),
  guarantee: z.number().default(0),
}

const decided = {
  reason: decisionReasonSchema,
  class: z.string(),
  confidence: z.number(),
  threshold: z.number().nullable(),
  propensities,
  ...sinceLater,
}

/** Decisions as they are kept. Before answers were spot-checked, people labelled every case that was kept. */
export const decisionSchema = z.object({
  ...decided,
  action: z.enum(['answer', 'defer']),
  probabilities: z.array(z.number()),
  audit: audit.default({ isAudited: true, propensity: 1, propensityLeast: 1 }),
  among: z.array(z.string()).default([]),
  because: z.array(importanceSchema),
}) satisfies z.ZodType<Decision>

/** The part of a decision that is kept of a plain answer. Before answers were spot-checked, nobody looked at any. */
export const plainDecisionSchema = z.object({
  ...decided,
  audit: audit.default({ isAudited: false, propensity: 0, propensityLeast: 0 }),
}) satisfies z.ZodType<PlainAnswer['decision']>
