import { z } from 'zod'
import { strategy } from '../strategy.ts'

/** The average of the partners' weights, by their numbers of examples (McMahan et al. 2017, algorithm 1). */
export const fedavg = strategy({
  schema: z.strictObject({ kind: z.literal('fedavg') }),
  localTerms: () => ({ proximal: 0 }),
})
