import { z } from 'zod'
import { strategy } from '../strategy.ts'

/** As FedAvg, and each partner pays μ/2·‖w − w_round‖² for leaving the round's model (Li et al. 2020, algorithm 2). */
export const fedprox = strategy({
  schema: z.strictObject({ kind: z.literal('fedprox'), mu: z.number().min(0).max(100) }),
  localTerms: ({ mu }) => ({ proximal: mu }),
})
