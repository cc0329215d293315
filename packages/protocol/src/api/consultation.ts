import { idSchema } from '@consort/basics'
import { z } from 'zod'
import { sealedSchema, signedConsultationKeySchema } from '../documents/consultation.ts'
import { endpoint } from '../http/endpoint.ts'
import { waitQuery } from '../http/paging.ts'

const consultationParams = z.strictObject({ consultation: idSchema('consultation') })

/** Questions of one poll. */
export const questionsPerCall = 8

export const putConsultationKey = endpoint({
  method: 'PUT',
  path: '/v1/consultation-key',
  summary: 'Shows the others with which key the calling member opens consultations; safe to repeat',
  access: 'member',
  body: signedConsultationKeySchema,
  errors: ['signature-invalid'],
})

export const getConsultationKey = endpoint({
  method: 'GET',
  path: '/v1/members/:member/consultation-key',
  summary: 'A member’s key for consultations; the roster’s key, not the hub’s word, says whether it is',
  access: 'member',
  params: z.strictObject({ member: idSchema('member') }),
  result: signedConsultationKeySchema,
})

export const sendConsultation = endpoint({
  method: 'POST',
  path: '/v1/consultations',
  summary: 'Hands a sealed question to another member; safe to repeat',
  access: 'member',
  body: z.strictObject({
    /** Made by the asker. */
    id: idSchema('consultation'),
    to: idSchema('member'),
    sealed: sealedSchema,
    /** How long the hub keeps it for the other to come for it. */
    withinSeconds: z.number().min(0.1).max(600),
  }),
  errors: ['not-found', 'state-conflict', 'rate-limited'],
})

export const nextConsultations = endpoint({
  method: 'GET',
  path: '/v1/consultations/next',
  summary:
    'The oldest questions to the calling member, waiting for one if there is none; again until answered',
  access: 'member',
  query: z.strictObject({ wait: waitQuery }),
  result: z.object({
    questions: z
      .array(
        z.object({
          id: idSchema('consultation'),
          from: idSchema('member'),
          key: signedConsultationKeySchema,
          sealed: sealedSchema,
        }),
      )
      .max(questionsPerCall),
  }),
})

export const answerConsultation = endpoint({
  method: 'POST',
  path: '/v1/consultations/:consultation/answer',
  summary: 'Hands in the sealed answer to a question, null to one that cannot be opened; safe to repeat',
  access: 'member',
  params: consultationParams,
  body: z.strictObject({ sealed: sealedSchema.nullable() }),
  errors: ['state-conflict'],
})

export const getConsultationAnswer = endpoint({
  method: 'GET',
  path: '/v1/consultations/:consultation/answer',
  summary: 'The sealed answer to a question of the calling member, waiting for it if asked to',
  access: 'member',
  params: consultationParams,
  query: z.strictObject({ wait: waitQuery }),
  result: z.object({
    state: z.enum(['waiting', 'answered']),
    /** Null while it waits, and for ever where the other could not open the question. */
    sealed: sealedSchema.nullable(),
  }),
})

export const closeConsultation = endpoint({
  method: 'POST',
  path: '/v1/consultations/:consultation/closing',
  summary: 'The asker has the answer, or gives up unless there is one; the hub forgets the question',
  access: 'member',
  params: consultationParams,
  body: z.strictObject({ heard: z.boolean() }),
  errors: ['state-conflict'],
})
