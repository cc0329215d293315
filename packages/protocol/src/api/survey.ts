import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { questionSchema } from '../documents/question.ts'
import { hubMessageSchema, memberMessageSchema } from '../documents/secure-aggregation.ts'
import { surveyAnswerSchema, surveySchema } from '../documents/survey.ts'
import { endpoint, octetBody } from '../http/endpoint.ts'
import { waitQuery } from '../http/paging.ts'
import { taskFailureSchema } from './task.ts'

const surveyParams = z.strictObject({ survey: idSchema('survey') })

export const surveyViewSchema = z.object({
  id: idSchema('survey'),
  dataset: nameSchema,
  state: z.enum(['open', 'done', 'failed']),
  /** What it waits for or why it failed, in words. */
  reason: z.string(),
  created: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  survey: surveySchema,
  /** Whose answers are in the sum, once it is open. */
  members: z.array(nameSchema),
  /** Who stayed out, and where the node’s own log says why. */
  refusals: z.array(z.object({ name: nameSchema, code: taskFailureSchema, reference: z.string() })),
  /** One for each question, once the survey is done. */
  answers: z.array(surveyAnswerSchema),
})
export type SurveyView = z.infer<typeof surveyViewSchema>

export const createSurvey = endpoint({
  method: 'POST',
  path: '/v1/surveys',
  summary: 'Asks all partners about their records of a data set; only the sum of the answers is seen',
  access: 'operator',
  body: z.strictObject({
    dataset: nameSchema,
    /** What the agreement’s schema suggests when absent. */
    questions: z.array(questionSchema).min(1).max(1000).optional(),
    epsilon: surveySchema.shape.epsilon.default(1),
    delta: surveySchema.shape.delta.default(1e-6),
    /** For each step, so that a node may start again meanwhile. */
    stepWithinSeconds: z.number().min(1).max(86_400).default(60),
    idempotencyKey: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  }),
  result: surveyViewSchema,
  errors: ['roster-unsigned', 'agreement-refused', 'agreement-altered', 'not-allowed', 'state-conflict'],
})

export const listSurveys = endpoint({
  method: 'GET',
  path: '/v1/surveys',
  summary: 'All surveys, the newest first',
  access: 'reader',
  result: z.object({ surveys: z.array(surveyViewSchema) }),
})

export const getSurvey = endpoint({
  method: 'GET',
  path: '/v1/surveys/:survey',
  summary: 'One survey with its answers; waits for its end if asked to',
  access: 'reader',
  params: surveyParams,
  query: z.strictObject({ wait: waitQuery }),
  result: surveyViewSchema,
})

export const getSurveyMessage = endpoint({
  method: 'GET',
  path: '/v1/surveys/:survey/aggregation',
  summary: 'What the hub says next in the secure sum of a survey, waiting for it if asked to',
  access: 'member',
  params: surveyParams,
  query: z.strictObject({
    /** Of the attempt that the caller takes part in. */
    context: digestSchema,
    /** The kind of the caller’s own last message. */
    after: z.enum(['advertisement', 'dealt-shares', 'masked-input', 'survivor-signature', 'opened-shares']),
    wait: waitQuery,
  }),
  /** Null while there is nothing yet. */
  result: z.object({ message: hubMessageSchema.nullable() }),
  errors: ['task-closed'],
})

export const sendSurveyMessage = endpoint({
  method: 'POST',
  path: '/v1/surveys/:survey/aggregation',
  summary: 'What a member says in the secure sum of a survey; safe to repeat',
  access: 'member',
  params: surveyParams,
  body: memberMessageSchema,
  errors: ['task-closed', 'state-conflict', 'not-allowed', 'signature-invalid', 'digest-mismatch'],
})

export const putSurveyInput = endpoint({
  method: 'PUT',
  path: '/v1/surveys/:survey/input',
  summary: 'A member’s masked answers; safe to repeat',
  access: 'member',
  params: surveyParams,
  body: octetBody,
  errors: ['task-closed', 'digest-mismatch', 'too-large', 'disk-full'],
})

export const refuseSurvey = endpoint({
  method: 'POST',
  path: '/v1/surveys/:survey/refusal',
  summary: 'Says that a member stays out of a survey, and where the node’s own log says why',
  access: 'member',
  params: surveyParams,
  body: z.strictObject({ code: taskFailureSchema, reference: z.string().regex(/^[a-z0-9-]{1,40}$/) }),
})
