import { deidentificationRulesSchema } from '@consort/privacy'
import { nameSchema } from '@consort/protocol'
import { z } from 'zod'

/** Minor units of the agreement's currency, e.g. cents. */
const money = z.int().min(0).max(1_000_000_000)
const partnersSchema = z.array(nameSchema).min(1).max(1000)

const askRuleSchema = z.strictObject({
  /** Of this node, whose cases may be asked about. */
  agent: nameSchema,
  /** What it is called at the partners; the same when absent. */
  theirs: nameSchema.optional(),
  partners: partnersSchema,
  /**
   * How a case's record leaves: rules for all fields of the agent's data set, or for pictures the metadata taken out.
   */
  rules: z.union([z.literal('strip-metadata'), deidentificationRulesSchema]),
  /** Of one case: how many partners are asked, one after the other, and how long it all takes. */
  triesMax: z.int().min(0).max(10).default(2),
  secondsMax: z.number().min(0.1).max(300).default(10),
  /** Of one answer, and of all answers of a calendar month (UTC). By default only what is free is taken. */
  priceMax: money.default(0),
  spendMax: money.default(0),
  /** What waiting for a second, a question without an answer and a wrong answer cost, for choosing among partners. */
  costs: z
    .strictObject({
      perSecond: z.number().min(0).max(1e9).default(1),
      failure: z.number().min(0).max(1e9).default(10),
      error: z.number().min(0).max(1e9).default(100),
    })
    .prefault({}),
  /**
   * Of the cases that go to people: how many a partner is asked about as well, so that labels tell what its answers are
   * worth.
   */
  trialShare: z.number().min(0).max(1).default(0.2),
  /** In one over the currency's minor unit: how strictly the cheapest partner is preferred. */
  alpha: z.number().min(0).max(1e9).default(0.1),
})
export type AskRule = z.infer<typeof askRuleSchema>

const answerRuleSchema = z.strictObject({
  agent: nameSchema,
  /** Who may ask it. */
  partners: partnersSchema,
  /** What each answer costs. */
  priceCents: money.default(0),
  /** The most questions of one partner in a day (UTC): who may ask without end copies the model. */
  perDay: z.int().min(0).max(1_000_000).default(100),
})
export type AnswerRule = z.infer<typeof answerRuleSchema>

const isOncePerAgent = (rules: readonly { agent: string }[]): boolean =>
  new Set(rules.map(({ agent }) => agent)).size === rules.length

/** Which cases may be asked about elsewhere, and who may ask here. Nothing of either by default. */
export const consultPolicySchema = z.strictObject({
  ask: z.array(askRuleSchema).refine(isOncePerAgent, 'two entries for one agent').default([]),
  answer: z.array(answerRuleSchema).refine(isOncePerAgent, 'two entries for one agent').default([]),
})
