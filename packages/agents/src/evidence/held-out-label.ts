import { z } from 'zod'

/** A held-out record as the gate saw it. */
export interface HeldOutLabel {
  readonly confidence: number
  readonly class: string
  readonly isWrong: boolean
}

/** How it is kept as JSON. */
export const heldOutLabelSchema = z.object({
  confidence: z.number(),
  class: z.string(),
  isWrong: z.boolean(),
}) satisfies z.ZodType<HeldOutLabel>

/** What a label of a case says, and how the case came to be labelled. */
export interface WeighableLabel extends HeldOutLabel {
  readonly propensity: number
  readonly propensityLeast: number
}
