import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'

/**
 * How far a member's book of privacy losses had come. Signed by the member, and by the hub that it was the furthest so
 * far: a node whose directory was restored from an older copy is behind the hub's, and notices.
 */
export const privacyMarkSchema = z.strictObject({
  kind: z.literal('privacy-mark'),
  member: idSchema('member'),
  /** Reservations so far. */
  counter: z.int().min(1),
  /** Follows from the head before it and the reservation. */
  head: digestSchema,
  /** The most that any record or person can have lost, by the accountant's orders: where an older copy has to go on. */
  lost: z.array(z.number().min(0)).max(1000),
})
export type PrivacyMark = z.infer<typeof privacyMarkSchema>
export type SignedPrivacyMark = Signed<PrivacyMark>
export const signedPrivacyMarkSchema = signedSchema(privacyMarkSchema)
