import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { monthSchema } from './statement.ts'
import { signedUsageSchema } from './usage.ts'

/** The most usage events on one page. */
export const usagePerPage = 1000

/** The longest text of a signed usage event, in octets, so that a page has a bound. A node's have about 480. */
export const usageBytesMax = 2000

/**
 * What one page of a month's usage events comes to. A page is sealed once and never changed; events that come later
 * are on a later page. Statements name pages by the digest of this document, and `events` binds it to the events.
 */
export const usagePageSchema = z.strictObject({
  kind: z.literal('usage-page'),
  agreement: digestSchema,
  month: monthSchema,
  /** 1, 2, 3, … among the pages of this agreement and month. */
  number: z.int().min(1),
  /** The first and the last id on the page; in between ids grow. */
  first: idSchema('usage'),
  last: idSchema('usage'),
  count: z.int().min(1).max(usagePerPage),
  /** Over the canonical JSON of the list of signed events. */
  events: digestSchema,
  /** How many answers each member gave with each version, in the order of members and versions. */
  answers: z
    .array(
      z.strictObject({ member: idSchema('member'), version: idSchema('version'), answers: z.int().min(1) }),
    )
    .min(1)
    .max(usagePerPage),
})
export type UsagePage = z.infer<typeof usagePageSchema>

/** A page with its events. */
export const filledUsagePageSchema = z.object({
  page: usagePageSchema,
  events: z.array(signedUsageSchema).min(1).max(usagePerPage),
})
export type FilledUsagePage = z.infer<typeof filledUsagePageSchema>
