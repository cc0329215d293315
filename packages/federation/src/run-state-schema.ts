import { problemSchema, taskFailureSchema } from '@consort/protocol'
import { z } from 'zod'
import type { RunState } from './run-machine.ts'

const round = z.int().min(0)
const deadline = z.number()
const attempt = z.int().min(2).optional()
const seats = z.array(
  z.object({
    member: z.string(),
    outcome: z.enum(['waiting', 'received', 'failed', 'late']),
    failure: z.object({ code: taskFailureSchema, reference: z.string() }).optional(),
  }),
)

const failReasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('partners-missing'), waitingFor: z.string() }),
  z.object({ kind: z.literal('updates-missing'), received: z.int(), needed: z.int(), seats }),
  z.object({ kind: z.literal('sums-discarded'), attempts: z.int(), why: z.string() }),
  z.object({ kind: z.literal('hub-failed'), code: problemSchema.shape.code }),
  z.object({ kind: z.literal('agreement-amended'), version: z.int(), why: z.string() }),
])

/** Reads a kept state of a run. What has been written once goes on being read: new fields are optional. */
export const runStateSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('created') }),
  z.object({ phase: z.literal('selecting'), round, deadline, waitingFor: z.string(), attempt }),
  z.object({
    phase: z.literal('training'),
    round,
    deadline,
    stage: z.enum(['collecting', 'aggregating']),
    seats,
    attempt,
  }),
  z.object({ phase: z.literal('evaluating'), round, deadline, seats }),
  z.object({
    phase: z.literal('done'),
    because: z.enum(['rounds', 'target', 'patience']),
    round,
    best: z.int(),
  }),
  z.object({ phase: z.literal('failed'), round, reason: failReasonSchema }),
  z.object({ phase: z.literal('cancelled'), round }),
]) satisfies z.ZodType<RunState>
