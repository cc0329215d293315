import { idSchema, nameSchema } from '@consort/basics'
import { caseRecordSchema } from '@consort/records'
import { z } from 'zod'
import { octetsSchema } from '../octets.ts'
import { type Signed, signedSchema } from '../signed-document.ts'
import { minorUnitsSchema } from './agreement.ts'

/** With which X25519 key (RFC 7748) a member seals and opens consultations, signed by the key that the roster names. */
export const consultationKeySchema = z.strictObject({
  kind: z.literal('consultation-key'),
  member: idSchema('member'),
  key: octetsSchema(32),
})
export type ConsultationKey = z.infer<typeof consultationKeySchema>
export type SignedConsultationKey = Signed<ConsultationKey>
export const signedConsultationKeySchema = signedSchema(consultationKeySchema)

/** Octets of a sealed message on the wire: nothing else of its length is to be seen. */
export const consultationSizes = [1, 4, 16, 64, 256].map(kib => kib * 1024)

/** A sealed message: of one of these sizes, in base64url. */
export const sealedSchema = z
  .string()
  .max(Math.ceil((consultationSizes.at(-1)! * 4) / 3))
  .refine(
    text => consultationSizes.some(size => octetsSchema(size).safeParse(text).success),
    'not of one of the sizes of sealed messages, in base64url',
  )

/** What is inside of a question: the de-identified record and whom it is for. */
export const consultationQuestionSchema = z.strictObject({
  agent: nameSchema,
  record: caseRecordSchema,
  /** The most that the answer may cost, in minor units of the agreement's currency. */
  priceMax: minorUnitsSchema,
})
export type ConsultationQuestion = z.infer<typeof consultationQuestionSchema>

/** Why a partner does not answer: a closed list, so that nothing of the record can come back in words. */
export const consultationDeclineSchema = z.enum([
  'policy-refused',
  'agreement-refused',
  'not-found',
  'quota-spent',
  'too-dear',
  'value-invalid',
  'internal',
])
export type ConsultationDecline = z.infer<typeof consultationDeclineSchema>

/** What is inside of an answer. */
export const consultationAnswerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    class: z.string().min(1).max(100),
    /** Calibrated, with two decimals. */
    confidence: z.number().min(0).max(1),
    version: idSchema('version'),
    price: minorUnitsSchema,
  }),
  z.strictObject({
    kind: z.literal('declined'),
    reason: consultationDeclineSchema,
    /** What an answer would cost. */
    price: minorUnitsSchema,
  }),
])
export type ConsultationAnswer = z.infer<typeof consultationAnswerSchema>
