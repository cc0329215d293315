import { digestSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { octetsSchema } from '../octets.ts'

/** More partners than this do not take part in one secure sum: each deals with each. */
export const aggregationMembersMax = 100
/** Two shares of 32 bytes with a signature of 64 each, and the seal's tag of 16. */
const sealedShareBytes = 2 * (32 + 64) + 16

/**
 * What travels between the members and the hub, in the order of the protocol: Bonawitz et al. 2017, figure 4, with
 * malicious participants. All of it is closed, bounded JSON; only the masked values travel as bytes beside it.
 * `context` is the digest of the round's context.
 */
const signature = octetsSchema(64)
const key = octetsSchema(32)
const names = z.array(nameSchema).max(aggregationMembersMax)
const fromMember = { context: digestSchema, member: nameSchema }

/** Member → hub: fresh public keys, signed with the identity that the roster names. */
export const advertisementSchema = z.strictObject({
  kind: z.literal('advertisement'),
  ...fromMember,
  /** X25519: for sealing shares on their way (c in the paper). */
  sealKey: key,
  /** X25519: for pairwise masks (s). */
  maskKey: key,
  /** Commits to the seed of the self-mask (b). */
  selfMask: key,
  signature,
})
export type Advertisement = z.infer<typeof advertisementSchema>

/** Hub → members: everyone's keys. */
export const keyListSchema = z.strictObject({
  kind: z.literal('key-list'),
  context: digestSchema,
  advertisements: z.array(advertisementSchema).max(aggregationMembersMax),
})
export type KeyList = z.infer<typeof keyListSchema>

/** Member → hub: for each other member one share of both secrets, readable by that member alone. */
export const dealtSharesSchema = z.strictObject({
  kind: z.literal('dealt-shares'),
  ...fromMember,
  shares: z
    .array(z.strictObject({ to: nameSchema, sealed: octetsSchema(sealedShareBytes) }))
    .max(aggregationMembersMax),
})
export type DealtShares = z.infer<typeof dealtSharesSchema>

/** Hub → one member: the shares that were dealt to it. Who is in here has dealt, and gets a pairwise mask. */
export const shareDeliverySchema = z.strictObject({
  kind: z.literal('share-delivery'),
  context: digestSchema,
  shares: z
    .array(z.strictObject({ from: nameSchema, sealed: octetsSchema(sealedShareBytes) }))
    .max(aggregationMembersMax),
})
export type ShareDelivery = z.infer<typeof shareDeliverySchema>

/** Member → hub, before the masked values themselves. */
export const maskedInputSchema = z.strictObject({
  kind: z.literal('masked-input'),
  ...fromMember,
  /** Of the manifest of the packed values. */
  digest: digestSchema,
  /** Members whose shares could not be read. Either they or the hub are to blame; nothing is lost while enough hold. */
  unreadable: names,
  signature,
})
export type MaskedInput = z.infer<typeof maskedInputSchema>

/** Hub → members: who dealt, and whose input is in the sum. */
export const survivorListSchema = z.strictObject({
  kind: z.literal('survivor-list'),
  context: digestSchema,
  dealers: names,
  survivors: names,
})
export type SurvivorList = z.infer<typeof survivorListSchema>

/** Member → hub: that it was shown this list, and will act on no other. */
export const survivorSignatureSchema = z.strictObject({
  kind: z.literal('survivor-signature'),
  ...fromMember,
  signature,
})
export type SurvivorSignature = z.infer<typeof survivorSignatureSchema>

/** Hub → members: that enough others were shown the same list. */
export const survivorProofSchema = z.strictObject({
  kind: z.literal('survivor-proof'),
  context: digestSchema,
  signatures: z.array(z.strictObject({ member: nameSchema, signature })).max(aggregationMembersMax),
})
export type SurvivorProof = z.infer<typeof survivorProofSchema>

/** Member → hub: for each survivor the share of its self-mask, for each who dropped out that of its mask key. */
export const openedSharesSchema = z.strictObject({
  kind: z.literal('opened-shares'),
  ...fromMember,
  shares: z
    .array(
      z.strictObject({
        dealer: nameSchema,
        of: z.enum(['mask-key', 'self-mask']),
        share: key,
        /** The dealer's, over the share: nobody can open what was not dealt. */
        signature,
      }),
    )
    .max(aggregationMembersMax),
})
export type OpenedShares = z.infer<typeof openedSharesSchema>

/** What a hub sends, by the order of the stages. */
export const hubMessageSchema = z.discriminatedUnion('kind', [
  keyListSchema,
  shareDeliverySchema,
  survivorListSchema,
  survivorProofSchema,
])
export type HubMessage = z.infer<typeof hubMessageSchema>

/** What members send, likewise. */
export const memberMessageSchema = z.discriminatedUnion('kind', [
  advertisementSchema,
  dealtSharesSchema,
  maskedInputSchema,
  survivorSignatureSchema,
  openedSharesSchema,
])
export type MemberMessage = z.infer<typeof memberMessageSchema>
