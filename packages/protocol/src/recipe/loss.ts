import { z } from 'zod'

/**
 * `mse` is for numbers; `squared-error` is its counterpart for classes: over the classes, the squared distance of a
 * model's probabilities from 1 for the right class and 0 for the others (Brier 1950).
 */
export const lossSchema = z.enum(['cross-entropy', 'binary-cross-entropy', 'squared-error', 'mse'])
export type LossKind = z.infer<typeof lossSchema>
