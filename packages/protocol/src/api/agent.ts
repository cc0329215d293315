import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'

/** From which confidence on an agent may answer alone, as far as labels have shown. */
export const gateSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('open'),
    threshold: z.number(),
    /** Labels that were weighed so far. */
    labels: z.int(),
    /** Of the records that gave the thresholds, without their labels: how many are as sure. */
    share: z.number(),
  }),
  /**
   * Everything is deferred. So many more labels as sure as the strictest threshold, all of them right, would open it.
   */
  z.object({ kind: z.literal('closed'), labels: z.int(), labelsNeeded: z.int() }),
])

/** What the gate of an agent lets through, as its operator is told. */
export type GateView = z.infer<typeof gateSchema>

export const withdrawalReasonSchema = z.enum(['drift', 'new-population', 'policy-change', 'model-swap'])
export type WithdrawalReason = z.infer<typeof withdrawalReasonSchema>

/** One promise's life: each starts from nothing, and what withdrew the one before is said. */
export const guaranteeViewSchema = z.object({
  /** From 1; answers name the guarantee under which they were given. */
  number: z.int(),
  since: z.iso.datetime(),
  /** Null for the first. */
  after: z.object({ reason: withdrawalReasonSchema, at: z.iso.datetime() }).nullable(),
})

/** How logits become probabilities, and how many held-out records there were for that and for the gate together. */
const calibrationViewSchema = z.object({
  kind: z.enum(['temperature', 'vector', 'isotonic']),
  records: z.int(),
})

/** Which answers a person looks at afterwards; see `SpotCheckRule` in packages/agents. */
const auditRuleSchema = z
  .strictObject({
    /** Every answer is looked at with at least this probability. */
    shareMin: z.number().gt(0).max(1).default(0.05),
    /** The probability at the threshold itself; it falls to `shareMin` at full sureness. */
    shareAtThreshold: z.number().gt(0).max(1).optional(),
  })
  .refine(({ shareMin, shareAtThreshold = shareMin }) => shareMin <= shareAtThreshold, {
    error: 'shareAtThreshold is below shareMin',
    path: ['shareAtThreshold'],
  })

/**
 * In one currency. By default a wrong answer costs what a person does, so that whatever the gate allows is answered.
 */
export const actionCostsSchema = z.strictObject({
  /** Of a wrong answer. */
  error: z.number().min(0).max(1e9).default(1),
  /** Of a person's judgement, and of waiting for it. */
  price: z.number().min(0).max(1e9).default(1),
  waiting: z.number().min(0).max(1e9).default(0),
})

/** Actions are drawn with A(a) ∝ exp(−β · sₐ) over their expected cost; null takes the cheapest. */
const betaSchema = z.number().min(0).max(1e9).nullable()

/** How exploration ends: β doubles after so many cases, again after twice as many more, at most six times. */
const explorationSchema = z.strictObject({
  /** Null: β stays. */
  casesToDouble: z.int().min(1).max(1_000_000_000).nullable().default(null),
  /** Where the likeliest class is one of these, the cheapest action is taken. */
  forbiddenFor: z.array(z.string().min(1).max(100)).max(1000).default([]),
})

/** What the owner promises, and by which rules the agent then decides. */
const rulesShape = {
  /** At most this share of what is answered alone may be wrong … */
  alpha: z.number().gt(0).lt(1).default(0.1),
  /** … except with this probability over the labels. */
  delta: z.number().gt(0).lt(1).default(0.1),
  costs: actionCostsSchema.prefault({}),
  beta: betaSchema.default(null),
  exploration: explorationSchema.prefault({}),
  audit: auditRuleSchema.prefault({}),
  /** A label that has not come after so many days counts as if the answer had been wrong. */
  labelDays: z.number().gt(0).max(3650).default(30),
  /** Whether cases that look otherwise than those before, by the agent's confidence, withdraw the promise. */
  watchPopulation: z.boolean().default(true),
}

/** A second version that is tried out beside the one that an agent serves. */
export const challengerSchema = z.object({
  version: idSchema('version'),
  /** Of the cases that it decides about. */
  share: z.number(),
  calibration: calibrationViewSchema,
  gate: gateSchema,
  guarantee: guaranteeViewSchema,
  since: z.iso.datetime(),
  /** Withdrawn by itself once it was shown to be worse: it decides about nothing any more. */
  state: z.enum(['running', 'withdrawn']),
  /**
   * Labelled cases that both versions judged: where only the challenger was right, where only the other one was, all.
   */
  better: z.int(),
  worse: z.int(),
  labelled: z.int(),
  /** How strongly these speak for its being worse: at 100, the chance of as much by luck is at most 1 %. */
  evidence: z.number(),
})
export type ChallengerView = z.infer<typeof challengerSchema>

export const agentViewSchema = z.object({
  agent: nameSchema,
  dataset: nameSchema,
  version: idSchema('version'),
  ...rulesShape,
  calibration: calibrationViewSchema,
  gate: gateSchema,
  guarantee: guaranteeViewSchema,
  since: z.iso.datetime(),
  challenger: challengerSchema.nullable(),
})
export type AgentView = z.infer<typeof agentViewSchema>

const agentParams = z.strictObject({ agent: nameSchema })

export const putAgent = endpoint({
  method: 'PUT',
  path: '/v1/agents/:agent',
  summary: 'Serves a version under a name, behind a gate that opens as labels show how often it is wrong',
  access: 'operator',
  params: agentParams,
  body: z.strictObject({
    version: idSchema('version'),
    /** A data set registered here: its held-out records calibrate. */
    dataset: nameSchema,
    ...rulesShape,
  }),
  result: agentViewSchema,
  errors: ['not-found', 'agreement-refused', 'data-mismatch', 'data-changed', 'class-unknown', 'unreachable'],
})

export const putChallenger = endpoint({
  method: 'PUT',
  path: '/v1/agents/:agent/challenger',
  summary:
    'Tries another version out on a share of an agent’s cases; it is withdrawn unaided once labels show that it is worse',
  access: 'operator',
  params: agentParams,
  body: z.strictObject({
    version: idSchema('version'),
    share: z.number().gt(0).max(0.5).default(0.1),
  }),
  result: agentViewSchema,
  errors: [
    'not-found',
    'state-conflict',
    'agreement-refused',
    'data-mismatch',
    'data-changed',
    'unreachable',
  ],
})

export const withdrawChallenger = endpoint({
  method: 'POST',
  path: '/v1/agents/:agent/challenger/withdrawal',
  summary: 'Ends a trial: the agent serves its own version only; safe to repeat',
  access: 'operator',
  params: agentParams,
  result: agentViewSchema,
  errors: ['not-found'],
})

export const withdrawGuarantee = endpoint({
  method: 'POST',
  path: '/v1/agents/:agent/guarantee/withdrawal',
  summary: 'Closes an agent’s gate until new labels open it: when the operator knows that cases have changed',
  access: 'operator',
  params: agentParams,
  body: z.strictObject({
    reason: withdrawalReasonSchema.extract(['drift', 'new-population']),
    /** The guarantee that is meant: repeating the call withdraws no later one. */
    number: z.int().min(1),
  }),
  result: agentViewSchema,
  errors: ['not-found', 'state-conflict'],
})

const shareSchema = z.number().nullable()

/** What an agent did under its present guarantee, and how well. */
export const agentReportSchema = z.object({
  agent: nameSchema,
  version: idSchema('version'),
  alpha: z.number(),
  delta: z.number(),
  gate: gateSchema,
  guarantee: guaranteeViewSchema,
  /** Cases, each decided once. */
  asked: z.int(),
  answered: z.int(),
  consulted: z.int(),
  deferred: z.int(),
  /** Answered alone, of all; null without cases. */
  coverage: shareSchema,
  /**
   * P(wrong | answered alone), estimated from spot-checked answers of the roles train and test with weights 1/π, which
   * the gate has not seen; null while there are none. An estimate, where α is a promise.
   */
  risk: z.object({ estimate: z.number(), standardError: shareSchema, audited: z.int() }).nullable(),
  labels: z.object({
    /** Held-out records that the guarantee started with. */
    heldOut: z.int(),
    /** Deferred and spot-checked cases that people have labelled. */
    deferred: z.int(),
    audited: z.int(),
    /** Cases of the role calibrate whose label is waited for before later ones are weighed. */
    awaited: z.int(),
  }),
})
export type AgentReport = z.infer<typeof agentReportSchema>

export const reportAgent = endpoint({
  method: 'GET',
  path: '/v1/agents/:agent/report',
  summary: 'Coverage, estimated risk and labels spent under an agent’s present guarantee',
  access: 'operator',
  params: agentParams,
  result: agentReportSchema,
  errors: ['not-found'],
})

export const listAgents = endpoint({
  method: 'GET',
  path: '/v1/agents',
  summary: 'The agents that answer here',
  access: 'operator',
  result: z.object({ agents: z.array(agentViewSchema) }),
})
