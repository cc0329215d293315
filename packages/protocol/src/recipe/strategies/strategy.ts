import type { z } from 'zod'

/** What a strategy asks of a partner's training beside the recipe. */
export interface LocalTerms {
  /** μ of the penalty μ/2·‖w − w_round‖² for leaving the round's model; 0 for none. */
  readonly proximal: number
}

/** How the partners' trainings of one round belong together. */
export interface Strategy<Schema extends z.ZodType> {
  /** How a recipe writes it. */
  readonly schema: Schema
  readonly localTerms: (spec: z.output<Schema>) => LocalTerms
}

/** A strategy whose terms fit its own schema. */
export function strategy<Schema extends z.ZodType>(made: Strategy<Schema>): Strategy<Schema> {
  return made
}
