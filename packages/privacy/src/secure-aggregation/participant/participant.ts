import {
  advertisementSchema,
  dealtSharesSchema,
  digestSchema,
  maskedInputSchema,
  nameSchema,
  octetsSchema,
  openedSharesSchema,
  Refusal,
  survivorSignatureSchema,
} from '@consort/protocol'
import { z } from 'zod'
import { roundContextSchema } from '../round-context.ts'
import { membersMax } from '../threshold.ts'

/**
 * A member's side of one attempt, one type per stage. Every state is plain JSON, and holds the message that it has to
 * send: whoever keeps the state (with fsync) before sending sends the same bytes again after any interruption, and can
 * never give two answers to one question, because no function leads from a later stage to an earlier one.
 */
const shared = {
  context: roundContextSchema,
  /** Of the context. */
  digest: digestSchema,
  self: nameSchema,
}
const names = z.array(nameSchema).max(membersMax)
const signedShare = z.strictObject({ share: octetsSchema(32), signature: octetsSchema(64) })
const held = z
  .array(z.strictObject({ dealer: nameSchema, 'mask-key': signedShare, 'self-mask': signedShare }))
  .max(membersMax)

/** Keys are made and advertised. */
export const advertisedSchema = z.strictObject({
  stage: z.literal('advertised'),
  ...shared,
  /** 32 bytes from which all secrets of this attempt follow. Never leaves the node. */
  seed: octetsSchema(32),
  message: advertisementSchema,
})
export type Advertised = z.infer<typeof advertisedSchema>

/** The others' keys are fixed, and shares dealt to them. */
export const sharedSchema = z.strictObject({
  stage: z.literal('shared'),
  ...shared,
  seed: octetsSchema(32),
  /** Of the list of keys, so that another one is recognised. */
  answered: digestSchema,
  advertisements: z.array(advertisementSchema).max(membersMax),
  message: dealtSharesSchema,
})
export type Shared = z.infer<typeof sharedSchema>

/** The update is masked. The secrets that masked it are gone; what others dealt is kept. */
export const maskedSchema = z.strictObject({
  stage: z.literal('masked'),
  ...shared,
  answered: digestSchema,
  dealers: names,
  held,
  message: maskedInputSchema,
})
export type Masked = z.infer<typeof maskedSchema>

/** One list of survivors is signed. There will be no other. */
export const consistentSchema = z.strictObject({
  stage: z.literal('consistent'),
  ...shared,
  answered: digestSchema,
  dealers: names,
  survivors: names,
  held,
  message: survivorSignatureSchema,
})
export type Consistent = z.infer<typeof consistentSchema>

/** One share of each member is opened. The other ones are gone from the state. */
export const unmaskedSchema = z.strictObject({
  stage: z.literal('unmasked'),
  ...shared,
  answered: digestSchema,
  survivors: names,
  message: openedSharesSchema,
})
export type Unmasked = z.infer<typeof unmaskedSchema>

export const participantSchema = z.discriminatedUnion('stage', [
  advertisedSchema,
  sharedSchema,
  maskedSchema,
  consistentSchema,
  unmaskedSchema,
])
export type Participant = z.infer<typeof participantSchema>

/** Reads a kept state. Throws `internal`'s cause, a zod error, for anything else: that file is damaged. */
export function parseParticipant(value: unknown): Participant {
  return participantSchema.parse(value)
}

/** Throws `state-conflict`. */
export function conflict(message: string, hint?: string): never {
  throw new Refusal('state-conflict', message, hint === undefined ? {} : { hint })
}
