import {
  advertisementSchema,
  canonicalJson,
  dealtSharesSchema,
  digestSchema,
  maskedInputSchema,
  nameSchema,
  octetsSchema,
  openedSharesSchema,
  Refusal,
  survivorListSchema,
  survivorProofSchema,
} from '@consort/protocol'
import { z } from 'zod'
import { type RoundContext, roundContextSchema } from '../round-context.ts'
import { membersMax, thresholdOf } from '../threshold.ts'

/**
 * The hub's side of one attempt, one type per stage. A stage collects messages (`receive…`) until the hub closes it
 * (`close…`), because all are there or because time is up; whoever has sent nothing valid by then has dropped out.
 * Receiving is pure and its order does not matter, so a hub may keep the messages alone and fold them again after a
 * crash. States are plain JSON.
 */
const shared = { context: roundContextSchema, digest: digestSchema }
const advertisements = z.array(advertisementSchema).max(membersMax)

export const collectingKeysSchema = z.strictObject({
  stage: z.literal('collecting-keys'),
  ...shared,
  advertisements,
})
export type CollectingKeys = z.infer<typeof collectingKeysSchema>

export const collectingSharesSchema = z.strictObject({
  stage: z.literal('collecting-shares'),
  ...shared,
  advertisements,
  dealt: z.array(dealtSharesSchema).max(membersMax),
})
export type CollectingShares = z.infer<typeof collectingSharesSchema>

export const collectingInputsSchema = z.strictObject({
  stage: z.literal('collecting-inputs'),
  ...shared,
  advertisements,
  dealt: z.array(dealtSharesSchema).max(membersMax),
  inputs: z.array(maskedInputSchema).max(membersMax),
})
export type CollectingInputs = z.infer<typeof collectingInputsSchema>

export const collectingSignaturesSchema = z.strictObject({
  stage: z.literal('collecting-signatures'),
  ...shared,
  advertisements,
  list: survivorListSchema,
  signatures: survivorProofSchema.shape.signatures,
})
export type CollectingSignatures = z.infer<typeof collectingSignaturesSchema>

export const collectingOpeningsSchema = z.strictObject({
  stage: z.literal('collecting-openings'),
  ...shared,
  advertisements,
  list: survivorListSchema,
  proof: survivorProofSchema,
  opened: z.array(openedSharesSchema).max(membersMax),
})
export type CollectingOpenings = z.infer<typeof collectingOpeningsSchema>

/** The secrets that cover the sum are known: self-masks of survivors, mask keys of those who dropped out. */
export const openedSchema = z.strictObject({
  stage: z.literal('opened'),
  ...shared,
  advertisements,
  survivors: z.array(nameSchema).max(membersMax),
  secrets: z
    .array(
      z.strictObject({ member: nameSchema, of: z.enum(['mask-key', 'self-mask']), secret: octetsSchema(32) }),
    )
    .max(membersMax),
})
export type Opened = z.infer<typeof openedSchema>

/** Nothing is learnt from this attempt. */
export const discardedSchema = z.strictObject({
  stage: z.literal('discarded'),
  ...shared,
  /** In words, with names. */
  why: z.string().max(10_000),
  /** Who did not come as far as was needed, or is to blame. */
  missing: z.array(nameSchema).max(membersMax),
})
export type Discarded = z.infer<typeof discardedSchema>

export const aggregatorSchema = z.discriminatedUnion('stage', [
  collectingKeysSchema,
  collectingSharesSchema,
  collectingInputsSchema,
  collectingSignaturesSchema,
  collectingOpeningsSchema,
  openedSchema,
  discardedSchema,
])
export type Aggregator = z.infer<typeof aggregatorSchema>

/** Reads a kept state; throws a zod error for anything else. */
export function parseAggregator(value: unknown): Aggregator {
  return aggregatorSchema.parse(value)
}

interface Attempt {
  readonly context: RoundContext
  readonly digest: Discarded['digest']
}

/** `present` if they are enough, else the end of the attempt. `did` is what they did, e.g. "dealt shares". */
export function discardBelow(
  { context, digest }: Attempt,
  { present, did }: { present: readonly string[]; did: string },
): Discarded | undefined {
  const { members } = context
  const threshold = thresholdOf(members.length)
  if (present.length >= threshold) return undefined
  const missing = members.map(member => member.name).filter(name => !present.includes(name))
  const why = `Only ${present.length} of ${members.length} partners ${did}, and ${threshold} are needed: the round is discarded, and nothing of it was learnt. Missing: ${missing.join(', ')}`
  return discard({ context, digest }, { why, missing })
}

export function discard({ context, digest }: Attempt, of: { why: string; missing: string[] }): Discarded {
  return { stage: 'discarded', context, digest, ...of }
}

/**
 * Adds a member's message to those that are there, in the order of names. The same again changes nothing.
 * Throws `state-conflict` for another one from the same member.
 */
export function collect<M extends { readonly member: string }>(messages: readonly M[], message: M): M[] {
  const before = messages.find(({ member }) => member === message.member)
  if (before === undefined) {
    const index = messages.findIndex(({ member }) => member > message.member)
    return messages.toSpliced(index < 0 ? messages.length : index, 0, message)
  }
  if (canonicalJson(before) === canonicalJson(message)) return [...messages]
  throw new Refusal('state-conflict', `${message.member} has sent another message of this kind before`)
}

/** Throws `not-allowed` when a member takes part in a stage without having come through the one before. */
export function checkPresent(present: readonly string[], member: string): void {
  if (present.includes(member)) return
  throw new Refusal('not-allowed', `${member} has dropped out of this attempt`)
}
