import { digestSchema } from '@consort/basics'
import { z } from 'zod'
import { signedDataCardSchema } from '../documents/data-card.ts'
import { rosterViewSchema, signedRosterSchema } from '../documents/roster.ts'
import { endpoint } from '../http/endpoint.ts'
import { documentSignatureSchema } from '../signed-document.ts'

export const getRoster = endpoint({
  method: 'GET',
  path: '/v1/roster',
  summary: 'The roster in force and the proposed one',
  access: 'reader',
  result: rosterViewSchema,
})

export const getRosterOf = endpoint({
  method: 'GET',
  path: '/v1/rosters/:roster',
  summary: 'A roster that is or was in force, by its digest',
  access: 'reader',
  params: z.strictObject({ roster: digestSchema }),
  result: signedRosterSchema,
})

export const signRoster = endpoint({
  method: 'POST',
  path: '/v1/roster/signatures',
  summary: 'Adds a member’s signature to the proposed roster; safe to repeat',
  access: 'member',
  body: z.strictObject({ roster: digestSchema, signature: documentSignatureSchema }),
  result: rosterViewSchema,
  errors: ['roster-altered', 'signature-invalid'],
})

export const putDataCard = endpoint({
  method: 'PUT',
  path: '/v1/data-cards',
  summary: 'Tells the hub what data set a member offers; a newer card for the same name replaces the older',
  access: 'member',
  body: signedDataCardSchema,
  errors: ['signature-invalid', 'not-allowed'],
})
