import { z } from 'zod'

/** What a training says beside its weights. */
export const trainingOutcomeSchema = z.strictObject({
  /** What the hub is told of how many there were. */
  examples: z.int().min(0),
  /** The mean of the last epoch; absent where nothing would hide it. */
  loss: z.number().optional(),
})
export type TrainingOutcome = z.infer<typeof trainingOutcomeSchema>
