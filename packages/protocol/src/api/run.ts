import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { pageQuery } from '../http/list-place.ts'
import { waitQuery } from '../http/paging.ts'
import { recipeSchema } from '../recipe/recipe.ts'
import { metricsSchema, taskFailureSchema } from './task.ts'

const runParams = z.strictObject({ run: idSchema('run') })

const runPhaseSchema = z.enum([
  'created',
  'selecting',
  'training',
  'evaluating',
  'done',
  'failed',
  'cancelled',
])
export type RunPhase = z.infer<typeof runPhaseSchema>

/** Terms of the cost θ by which partners are drawn, each from 0 (best) to 1, and their sum's probability. */
const costSchema = z.object({
  latency: z.number(),
  dropouts: z.number(),
  size: z.number(),
  theta: z.number(),
  probability: z.number(),
})

export const roundViewSchema = z.object({
  round: z.int(),
  alpha: z.number(),
  members: z.array(
    z.object({
      member: idSchema('member'),
      name: nameSchema,
      drawn: z.boolean(),
      cost: costSchema.nullable(),
      /** What came of it. */
      outcome: z.enum(['waiting', 'received', 'failed', 'late']).nullable(),
      failure: z.object({ code: taskFailureSchema, reference: z.string() }).nullable(),
      /** Share of the work done, for the live display only. */
      progress: z.number(),
      loss: z.number().nullable(),
      weight: z.number().nullable(),
    }),
  ),
  evaluations: z.array(
    z.object({
      member: idSchema('member'),
      name: nameSchema,
      role: z.enum(['train', 'test']),
      metrics: metricsSchema.nullable(),
      failure: z.object({ code: taskFailureSchema, reference: z.string() }).nullable(),
    }),
  ),
  version: idSchema('version').nullable(),
  seconds: z.number().nullable(),
})
export type RoundView = z.infer<typeof roundViewSchema>

export const runSummarySchema = z.object({
  id: idSchema('run'),
  recipe: nameSchema,
  phase: runPhaseSchema,
  /** What it waits for, why it failed or why it stopped, in words. */
  reason: z.string(),
  round: z.int(),
  rounds: z.int(),
  created: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  /** The version that the run has produced, once it is done. */
  result: idSchema('version').nullable(),
})
export type RunSummary = z.infer<typeof runSummarySchema>

export const runViewSchema = runSummarySchema.extend({
  /** Grows with every change; pass it back to wait for the next. */
  revision: z.int(),
  recipeDigest: digestSchema,
  rosterDigest: digestSchema,
  agreementDigest: digestSchema.nullable(),
  deadline: z.iso.datetime().nullable(),
  /** Bytes of updates and weights that moved between hub and members. */
  bytes: z.object({ up: z.int(), down: z.int() }),
  /**
   * Under secure aggregation: whose updates the sums of several rounds, subtracted from one another, say something
   * about.
   */
  exposures: z.array(z.object({ members: z.array(nameSchema), rounds: z.array(z.int()), fact: z.string() })),
  history: z.array(roundViewSchema),
  /** The run ended long ago: of its rounds only that of its result is left, or its last one. An older hub keeps all. */
  isCondensed: z.boolean().default(false),
})
export type RunView = z.infer<typeof runViewSchema>

export const createRun = endpoint({
  method: 'POST',
  path: '/v1/runs',
  summary: 'Opens a run; repeating the call with the same key returns the same run',
  access: 'operator',
  body: z.strictObject({
    recipe: recipeSchema,
    /** Only these members train; everyone with the data set when absent. */
    only: z.array(nameSchema).min(1).optional(),
    /** Made by the caller once for each run it means to start. */
    idempotencyKey: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  }),
  result: runSummarySchema.extend({
    /** Members whose data card lacks columns of the recipe: they cannot do its tasks. An older hub does not look. */
    lacking: z.array(z.object({ name: nameSchema, columns: z.array(z.string()) })).default([]),
  }),
  errors: ['recipe-invalid', 'roster-unsigned', 'state-conflict', 'agreement-refused', 'data-mismatch'],
})

export const listRuns = endpoint({
  method: 'GET',
  path: '/v1/runs',
  summary: 'Runs, the newest first, page by page',
  access: 'reader',
  query: z.strictObject(pageQuery('run')),
  result: z.object({
    runs: z.array(runSummarySchema),
    /** To be given as `before`; null after the last page. An older hub lists all. */
    next: z.string().nullable().default(null),
  }),
})

export const getRun = endpoint({
  method: 'GET',
  path: '/v1/runs/:run',
  summary: 'One run with its rounds; waits for a revision after `after` if asked to',
  access: 'reader',
  params: runParams,
  query: z.strictObject({
    after: z.coerce.number().int().min(0).default(0),
    wait: waitQuery,
    /** The history from this round on. */
    fromRound: z.coerce.number().int().min(1).default(1),
  }),
  result: runViewSchema,
})

export const cancelRun = endpoint({
  method: 'POST',
  path: '/v1/runs/:run/cancellation',
  summary: 'Ends a run; safe to repeat',
  access: 'operator',
  params: runParams,
  result: runSummarySchema,
})
