import { z } from 'zod'
import type { ConformalFit } from './conformal-set.ts'

/** How a conformal fit is kept as JSON, which has no infinity: the cutoff of a class with too few records. */
export const keptConformalFitSchema = z.object({
  method: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('lac') }),
    z.object({ kind: z.literal('aps') }),
    z.object({ kind: z.literal('raps'), penalty: z.number(), free: z.number() }),
  ]),
  classes: z.int(),
  cutoffs: z.array(z.union([z.number(), z.literal('infinity')])),
})
export type KeptConformalFit = z.infer<typeof keptConformalFitSchema>

/** Turns a fit into what is kept of it. */
export function keptConformalFit({ method, classes, cutoffs }: ConformalFit): KeptConformalFit {
  return {
    method,
    classes,
    cutoffs: cutoffs.map(one => (one === Number.POSITIVE_INFINITY ? 'infinity' : one)),
  }
}

/** Turns what was kept of a fit into the fit. */
export function conformalFitOf({ method, classes, cutoffs }: KeptConformalFit): ConformalFit {
  return {
    method,
    classes,
    cutoffs: cutoffs.map(one => (one === 'infinity' ? Number.POSITIVE_INFINITY : one)),
  }
}
