import { z } from 'zod'

/**
 * Example-level differential privacy by DP-SGD (Abadi et al. 2016, algorithm 1) at each node, for neighbouring data
 * sets that differ in one record more or less. Every step draws each record with probability q = batchSize / N
 * (N: the node's training records), so that `batchSize` is the expected batch; the sum of the clipped gradients
 * gets noise and is divided by `batchSize`.
 */
export const differentialPrivacySchema = z.strictObject({
  /** C: the largest Euclidean norm that one record's gradient, over all weights together, can have. */
  clip: z.number().positive().max(1e6),
  /** σ: the noise's standard deviation is σ·C in every coordinate of the summed gradient. */
  noiseMultiplier: z.number().positive().max(1e4),
  /** δ of the (ε, δ) that is charged to the budget; much less than one over the number of records. */
  delta: z.number().positive().max(0.1).default(1e-5),
})
export type DifferentialPrivacySpec = z.infer<typeof differentialPrivacySchema>

/** What keeps the partners' updates from telling of single partners and single records. */
export const privacySchema = z.strictObject({
  /** The hub learns only sums over several partners. */
  secureAggregation: z.boolean().default(false),
  /** Fixed groups of partners, so that rounds subtracted from one another tell no more than each round does. */
  strict: z.boolean().default(false),
  /**
   * Under secure aggregation no weight moves by more than this in a round; what would is cut. Sixteen bits are spread
   * evenly over it, so that 4 is told apart in steps of 0.00012.
   */
  updateRange: z.number().positive().max(1e6).default(4),
  /** None when absent. */
  differentialPrivacy: differentialPrivacySchema.optional(),
})
export type PrivacySpec = z.infer<typeof privacySchema>
