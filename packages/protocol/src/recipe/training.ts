import { z } from 'zod'
import { aggregationSchema } from './aggregation.ts'
import { metricNames } from './metrics/metrics.ts'
import { strategySchema } from './strategies/strategies.ts'

const rate = z.number().positive().max(100)

export const optimiserSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: rate,
    momentum: z.number().min(0).max(0.9999).default(0),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).max(10).default(0),
  }),
  z.strictObject({
    kind: z.literal('adam'),
    learningRate: rate,
    beta1: z.number().min(0).max(0.9999).default(0.9),
    beta2: z.number().min(0).max(0.99999).default(0.999),
    epsilon: z.number().positive().max(1).default(1e-8),
    weightDecay: z.number().min(0).max(10).default(0),
  }),
  z.strictObject({
    kind: z.literal('adamw'),
    learningRate: rate,
    beta1: z.number().min(0).max(0.9999).default(0.9),
    beta2: z.number().min(0).max(0.99999).default(0.999),
    epsilon: z.number().positive().max(1).default(1e-8),
    weightDecay: z.number().min(0).max(10).default(0.01),
  }),
])
export type OptimiserSpec = z.infer<typeof optimiserSchema>

/** The learning rate over the progress of the whole run, from 0 to 1, as a factor of `learningRate`. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  /** Falls along half a cosine to `final` (Loshchilov, Hutter 2017, one cycle). */
  z.strictObject({ kind: z.literal('cosine'), final: z.number().min(0).max(1).default(0) }),
  /** Rises from 0 over the share `warmup`, then falls in a line to `final`: what transformers are mostly tuned with. */
  z.strictObject({
    kind: z.literal('linear'),
    warmup: z.number().min(0).lt(1).default(0.1),
    final: z.number().min(0).max(1).default(0),
  }),
  /** Rises from 1/`divide` over the share `warmup`, then falls to 1/(`divide`·`finalDivide`) (Smith, Topin 2018). */
  z.strictObject({
    kind: z.literal('one-cycle'),
    warmup: z.number().gt(0).lt(1).default(0.3),
    divide: z.number().min(1).max(1e6).default(25),
    finalDivide: z.number().min(1).max(1e9).default(1e4),
  }),
])
export type ScheduleSpec = z.infer<typeof scheduleSchema>

const seconds = z
  .number()
  .min(1)
  .max(7 * 24 * 3600)

export const federationSchema = z.strictObject({
  strategy: strategySchema.default({ kind: 'fedavg' }),
  aggregation: aggregationSchema.default({ kind: 'weighted-mean' }),
  rounds: z.int().min(1).max(10_000).default(10),
  localEpochs: z.int().min(0).max(1000).default(1),
  /** How many are drawn for a round; everyone who is there when absent. */
  participants: z.int().min(1).max(1000).optional(),
  /** With fewer updates than this the round, and with it the run, fails. */
  partnersMin: z.int().min(1).max(1000).default(2),
  /**
   * Partners are drawn with P(i) ∝ exp(−α·θᵢ) over their cost θ; α goes from the first number to the second
   * over the run: 0 explores evenly, large numbers take the cheapest.
   */
  alpha: z.tuple([z.number().min(0).max(1000), z.number().min(0).max(1000)]).default([0, 5]),
  /** No partner weighs more than this many examples. */
  examplesCap: z.int().min(1).max(1e9).default(1_000_000),
  startWithinSeconds: seconds.default(600),
  roundWithinSeconds: seconds.default(1800),
  evaluateWithinSeconds: seconds.default(300),
})
export type FederationSpec = z.infer<typeof federationSchema>

export const metricNameSchema = z.enum(metricNames)

export const evaluationSchema = z.strictObject({
  /** Evaluate after every so many rounds, and always after the last. */
  every: z.int().min(1).max(10_000).default(1),
  /** What the members agree to tell about each version, computed where the records are. */
  metrics: z.array(metricNameSchema).min(1).default(['loss', 'accuracy', 'precision', 'recall', 'f1']),
})

/** All look at the partners' own validation splits, averaged by examples; never at the common test set. */
export const stopSchema = z.strictObject({
  /** Done when validation accuracy reaches this fraction. */
  target: z.number().gt(0).max(1).optional(),
  /** Done when the validation loss has not improved for so many evaluations; the best version is kept. */
  patience: z.int().min(1).max(10_000).optional(),
})
