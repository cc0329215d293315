import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { idSchema, nameSchema } from '../id.ts'

/** What the owner of an agent promises, and what follows from it. */
export const gateSchema = z.discriminatedUnion('kind', [
  /** The agent answers alone when its calibrated confidence reaches the threshold. */
  z.object({
    kind: z.literal('open'),
    threshold: z.number(),
    /** Of the calibration records: how many it would have answered, and how many of these wrongly. */
    answered: z.int(),
    wrong: z.int(),
    share: z.number(),
    /** Upper confidence bound of the error among answers. */
    bound: z.number(),
  }),
  /**
   * Everything is deferred. So many more held-out records as sure as the strictest threshold, all of them right, would
   * open it; twice as many have to be registered, since half of them fit the temperature.
   */
  z.object({ kind: z.literal('closed'), labelsNeeded: z.int() }),
])

/** In one currency. By default a wrong answer costs what a person does, so that whatever the gate allows is answered. */
export const actionCostsSchema = z.strictObject({
  /** Of a wrong answer. */
  error: z.number().min(0).max(1e9).default(1),
  /** Of a person's judgement, and of waiting for it. */
  price: z.number().min(0).max(1e9).default(1),
  waiting: z.number().min(0).max(1e9).default(0),
})

/** Actions are drawn with A(a) ∝ exp(−β · sₐ) over their expected cost; null takes the cheapest. */
const betaSchema = z.number().min(0).max(1e9).nullable()

/** A second version that is tried out beside the one that an agent serves. */
export const challengerSchema = z.object({
  version: idSchema('version'),
  /** Of the cases that it decides about. */
  share: z.number(),
  temperature: z.number(),
  calibrationRecords: z.int(),
  gate: gateSchema,
  since: z.iso.datetime(),
  /** Withdrawn by itself once it was shown to be worse: it decides about nothing any more. */
  state: z.enum(['running', 'withdrawn']),
  /** Labelled cases that both versions judged: where only the challenger was right, where only the other one was, all. */
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
  /** At most this share of its answers may be wrong … */
  alpha: z.number(),
  /** … except with this probability over the calibration records. */
  delta: z.number(),
  costs: z.object(actionCostsSchema.shape),
  beta: betaSchema,
  temperature: z.number(),
  /** Held-out records at hand, for temperature and threshold together. */
  calibrationRecords: z.int(),
  gate: gateSchema,
  since: z.iso.datetime(),
  challenger: challengerSchema.nullable(),
})
export type AgentView = z.infer<typeof agentViewSchema>

const agentParams = z.strictObject({ agent: nameSchema })

export const putAgent = endpoint({
  method: 'PUT',
  path: '/v1/agents/:agent',
  summary:
    'Serves a version under a name, with a threshold fitted on records that nothing else was chosen by',
  access: 'operator',
  params: agentParams,
  body: z.strictObject({
    version: idSchema('version'),
    /** A data set registered here: its held-out records calibrate. */
    dataset: nameSchema,
    alpha: z.number().gt(0).lt(1).default(0.1),
    delta: z.number().gt(0).lt(1).default(0.1),
    costs: actionCostsSchema.prefault({}),
    beta: betaSchema.default(null),
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

export const listAgents = endpoint({
  method: 'GET',
  path: '/v1/agents',
  summary: 'The agents that answer here',
  access: 'operator',
  result: z.object({ agents: z.array(agentViewSchema) }),
})
