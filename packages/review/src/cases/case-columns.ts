import { type CaseRecord, idSchema, keptRecordSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { Advice, Decision } from '../case-file.ts'
import { decisionSchema } from '../kept-decision.ts'

const adviceSchema = z.object({
  consultation: idSchema('consultation'),
  partner: z.string(),
  class: z.string(),
  confidence: z.number(),
  version: idSchema('version'),
  propensity: z.number(),
  at: z.string(),
  /** The first versions did not write it: then nobody can say that the case was waiting. */
  wasWaiting: z.boolean().default(false),
  isTold: z.boolean(),
  threshold: z.number().nullable(),
}) satisfies z.ZodType<Advice>

export const recordColumn = jsonColumn<CaseRecord>('asked_case.record', keptRecordSchema)
export const decisionColumn = jsonColumn<Decision>('asked_case.decision', decisionSchema)
export const adviceColumn = jsonColumn<Advice>('asked_case.advice', adviceSchema)
