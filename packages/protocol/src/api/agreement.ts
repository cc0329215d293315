import { digestSchema } from '@consort/basics'
import { z } from 'zod'
import { agreementTermsSchema, agreementViewSchema, signedAgreementSchema } from '../documents/agreement.ts'
import { endpoint } from '../http/endpoint.ts'
import { documentSignatureSchema } from '../signed-document.ts'

export const getAgreement = endpoint({
  method: 'GET',
  path: '/v1/agreement',
  summary: 'The agreement in force and the proposed one',
  access: 'reader',
  result: agreementViewSchema,
})

export const getAgreementOf = endpoint({
  method: 'GET',
  path: '/v1/agreements/:agreement',
  summary: 'An agreement that is or was in force, by its digest',
  access: 'reader',
  params: z.strictObject({ agreement: digestSchema }),
  result: signedAgreementSchema,
})

export const proposeAgreement = endpoint({
  method: 'POST',
  path: '/v1/agreement',
  summary: 'Puts terms up for signature by all partners, in place of an earlier proposal; safe to repeat',
  access: 'operator',
  body: agreementTermsSchema,
  result: agreementViewSchema,
  errors: ['agreement-invalid', 'roster-unsigned'],
})

export const signAgreement = endpoint({
  method: 'POST',
  path: '/v1/agreement/signatures',
  summary: 'Adds a partner’s signature to the proposed agreement; safe to repeat',
  access: 'member',
  body: z.strictObject({ agreement: digestSchema, signature: documentSignatureSchema }),
  result: agreementViewSchema,
  errors: ['agreement-altered', 'signature-invalid'],
})
