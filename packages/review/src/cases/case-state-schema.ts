import { z } from 'zod'
import type { CaseState } from '../case-state.ts'

/** Whoever holds a key, or the node's operator. */
const holderSchema = z.union([z.templateLiteral(['key_', z.string().min(1)]), z.literal('operator')])

const judgementSchema = z.object({
  class: z.string().min(1),
  by: z.object({ id: holderSchema, name: z.string().min(1) }),
  at: z.string().min(1),
})

/** Whether a partner's agent settled it, when its caller took it back, who judged: as the columns of a row say it. */
const open = { settled: z.literal(0), cancelled: z.null() }
const nobody = z.null()

/**
 * Reads a case's state from what its columns say, one member of the union for each state. A partner's agent settles a
 * case whatever a person had said of it before; one that its caller took back has no final judgement.
 */
export const caseStateSchema: z.ZodType<CaseState> = z.union([
  z.object({ ...open, first: nobody, final: nobody }).transform(() => ({ kind: 'waiting' as const })),
  z
    .object({ ...open, first: judgementSchema, final: nobody })
    .transform(({ first }) => ({ kind: 'begun' as const, first })),
  z
    .object({ ...open, first: judgementSchema, final: judgementSchema })
    .transform(({ first, final }) => ({ kind: 'closed' as const, first, final })),
  z
    .object({
      settled: z.literal(0),
      cancelled: z.string().min(1),
      first: judgementSchema.nullable(),
      final: nobody,
    })
    .transform(({ cancelled, first }) => ({
      kind: 'cancelled' as const,
      at: cancelled,
      ...(first && { first }),
    })),
  z
    .object({
      settled: z.literal(1),
      cancelled: z.string().nullable(),
      first: judgementSchema.nullable(),
      final: judgementSchema.nullable(),
    })
    .transform(() => ({ kind: 'answered' as const })),
])
