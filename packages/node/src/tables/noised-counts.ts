import { z } from 'zod'

const noisedCountSchema = z.strictObject({
  /** How many records there are. Stays at the node. */
  examples: z.int().min(0),
  /** What the card says instead. */
  told: z.int().min(0),
  /** The card that the noise was drawn for; later cards of the same records tell the same. */
  drawnFor: z.string(),
})
export type NoisedCount = z.infer<typeof noisedCountSchema>

/** The counts of a card, with discrete Laplace noise of this scale on each. */
export const noisedCountsSchema = z.strictObject({
  scale: z.number().positive(),
  train: noisedCountSchema,
  evaluation: noisedCountSchema,
})
export type NoisedCounts = z.infer<typeof noisedCountsSchema>
