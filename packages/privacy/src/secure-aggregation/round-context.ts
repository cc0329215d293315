import {
  type Digest,
  digestOfJson,
  digestSchema,
  nameSchema,
  publicKeySchema,
  Refusal,
} from '@consort/protocol'
import { z } from 'zod'
import { checkCohort, honestMin, membersMax } from './threshold.ts'

/** Far more values than one update has, and few enough for one array. */
const valuesMax = 2 ** 30

const memberSchema = z.strictObject({
  name: nameSchema,
  /** From the roster that all have countersigned, never from the hub's word alone. */
  key: publicKeySchema,
  /** Examples by the member's signed data card, capped. Public: it is part of what everybody signs. */
  weight: z.int().min(1).max(1e12),
})
export type RoundMember = z.infer<typeof memberSchema>

/**
 * Everything that partners must agree on for their masks to cancel. Its digest enters every signature, every key
 * derivation and every sealed share, so whoever was shown another model, recipe, roster, weight or attempt stands
 * alone: a hub that gives different models to different nodes learns noise (the attack of Pasquini, Francati, Ateniese
 * 2022).
 */
export const roundContextSchema = z.strictObject({
  kind: z.literal('secure-aggregation'),
  /** Null in a consortium that has no agreement. */
  agreement: digestSchema.nullable(),
  run: z.string().min(1).max(64),
  round: z.int().min(1),
  /** From 1; each attempt at a round takes new keys. */
  attempt: z.int().min(1),
  /** Of the weights that the round starts from. */
  model: digestSchema,
  recipe: digestSchema,
  roster: digestSchema,
  /** In the order of their names. */
  members: z.array(memberSchema).max(membersMax),
  /** Fixed groups that are in a sum as a whole or not at all (strict mode); null where any survivors may be. */
  groups: z.array(z.array(nameSchema).min(1).max(membersMax)).min(1).max(membersMax).nullable(),
  /** How many values each update has. */
  values: z.int().min(1).max(valuesMax),
  /** Every value lies in [−clip, clip]. */
  clip: z.number().positive().max(1e30),
  /** The largest weight that counts; inputs are scaled by weight / weightCap before they are rounded. */
  weightCap: z.int().min(1).max(1e12),
})
export type RoundContext = z.infer<typeof roundContextSchema>

export function digestOfContext(context: RoundContext): Digest {
  return digestOfJson(context)
}

/**
 * Throws `not-allowed` for a cohort of the wrong size and `input-invalid` for members out of order or twice, weights
 * above the cap, or groups that do not part the members.
 */
export function checkContext(context: RoundContext): void {
  const { members, groups, weightCap } = context
  checkCohort(members.length)
  const names = members.map(member => member.name)
  if (!isAscending(names)) wrong('The members are not in the order of their names, each once')
  if (new Set(members.map(member => member.key)).size < members.length) wrong('Two members have one key')
  const heavy = members.find(member => member.weight > weightCap)
  if (heavy) wrong(`The weight of ${heavy.name} is ${heavy.weight}, above the cap of ${weightCap}`)
  if (groups !== null && groups.flat().toSorted(byCodeUnits).join() !== names.join())
    wrong('The groups do not hold every member once')
  if (groups?.some(group => group.length < honestMin)) wrong(`A group has fewer than ${honestMin} members`)
}

/** Where a member stands: its Shamir share is the polynomial at this place, 1 … n. */
export function placeOf(context: RoundContext, name: string): number {
  const index = context.members.findIndex(member => member.name === name)
  if (index < 0) throw new Refusal('caller-unknown', `${name} is no member of this round`)
  return index + 1
}

export function memberOf(context: RoundContext, name: string): RoundMember {
  return context.members[placeOf(context, name) - 1]!
}

/** Names by UTF-16 code units, whatever the locale: the order that decides who adds a mask and who subtracts it. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function isAscending(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || names[index - 1]! < name)
}

function wrong(message: string): never {
  throw new Refusal('input-invalid', message)
}
