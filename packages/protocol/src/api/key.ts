import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { minorUnitsSchema } from '../documents/agreement.ts'
import { monthSchema } from '../documents/statement.ts'
import { endpoint } from '../http/endpoint.ts'

/** Whoever is given a key to this node: an application that asks, or a person who answers. */
export const keyHolderSchema = z.enum(['application', 'expert'])
export type KeyHolder = z.infer<typeof keyHolderSchema>

const limits = {
  /** The only agents that it may ask; all others do not exist for it. */
  agents: z.array(nameSchema).min(1).max(1000).nullable(),
  /** The first moment at which it is no longer good. */
  expires: z.iso.datetime().nullable(),
  requestsPerMinute: z.int().min(1).max(1_000_000).nullable(),
  /** Questions that it may put to agents in a calendar month (UTC). */
  queriesPerMonth: z.int().min(0).max(1e12).nullable(),
  /** What the answers of a calendar month may cost, at the agreement's price and in its currency. */
  minorUnitsPerMonth: minorUnitsSchema.nullable(),
  /** Digits after the point of a confidence that it is told. */
  decimals: z.int().min(1).max(15),
}

/** What a key may do and how much of it; null where nothing limits it. */
export const keyLimitsSchema = z.object(limits)
export type KeyLimits = z.infer<typeof keyLimitsSchema>

/** Fewer decimals say less of the records that a model was trained on; two are enough to act upon. */
const decimalsByDefault = 2

const wantedLimitsSchema = z
  .strictObject({
    agents: limits.agents.default(null),
    expires: limits.expires.default(null),
    requestsPerMinute: limits.requestsPerMinute.default(null),
    queriesPerMonth: limits.queriesPerMonth.default(null),
    minorUnitsPerMonth: limits.minorUnitsPerMonth.default(null),
    decimals: limits.decimals.default(decimalsByDefault),
  })
  .prefault({})

const keyShape = { id: idSchema('key'), name: nameSchema, holder: keyHolderSchema, limits: keyLimitsSchema }

export const createAccessKey = endpoint({
  method: 'POST',
  path: '/v1/keys',
  summary: 'Makes a key for an application or an expert; it is shown once and kept as a digest',
  access: 'operator',
  body: z.strictObject({ name: nameSchema, holder: keyHolderSchema, limits: wantedLimitsSchema }),
  result: z.object({
    ...keyShape,
    /** Goes into `Authorization: Bearer …`. */
    key: z.string(),
    /** Signs the webhooks of cases that this key asks (Standard Webhooks); null for experts, who ask nothing. */
    webhookSecret: z.string().nullable(),
  }),
  errors: ['name-taken'],
})

/** `held` is set aside for questions under way and for cases that wait for a person. */
const accountLineSchema = z.object({ spent: z.int(), held: z.int() })

/** What a key has used of a month. */
export const keyAccountSchema = z.object({
  month: monthSchema,
  queries: accountLineSchema,
  minorUnits: accountLineSchema,
})
export type KeyAccount = z.infer<typeof keyAccountSchema>

export const keyViewSchema = z.object({
  ...keyShape,
  created: z.iso.datetime(),
  revoked: z.iso.datetime().nullable(),
  /** Of the present month. */
  account: keyAccountSchema,
})
export type KeyView = z.infer<typeof keyViewSchema>

export const listAccessKeys = endpoint({
  method: 'GET',
  path: '/v1/keys',
  summary:
    'The keys that were given out here, the keys themselves excepted, and what each has used this month',
  access: 'operator',
  result: z.object({ keys: z.array(keyViewSchema) }),
})

export const revokeAccessKey = endpoint({
  method: 'POST',
  path: '/v1/keys/:name/revocation',
  summary: 'Ends a key at once and for good; safe to repeat. Its cases stay, and are still answered',
  access: 'operator',
  params: z.strictObject({ name: nameSchema }),
  result: keyViewSchema,
  errors: ['not-found'],
})

export const getOwnKey = endpoint({
  method: 'GET',
  path: '/v1/key',
  summary: 'What the calling key may do, and what it has used this month',
  access: 'application',
  result: keyViewSchema,
})
