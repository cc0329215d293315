import { digestSchema, idSchema } from '@consort/protocol'
import { jsonColumn } from '@consort/storage'
import { z } from 'zod'
import type { PlainAnswer } from '../case-file.ts'
import { plainDecisionSchema } from '../kept-decision.ts'

const plainAnswerSchema = z.object({
  id: idSchema('case'),
  agent: z.string(),
  version: idSchema('version'),
  askedBy: z.union([z.literal('operator'), z.templateLiteral(['key_', z.string()])]),
  asked: z.string(),
  idempotencyKey: z.string().nullable(),
  requestDigest: digestSchema.nullable(),
  decision: plainDecisionSchema,
}) satisfies z.ZodType<PlainAnswer>

/** The column `text` of plain answers. */
export const answerColumn = jsonColumn<PlainAnswer>('plain_answer.text', plainAnswerSchema)
