import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { surveyRequestSchema } from '../documents/survey.ts'
import { signedTaskSchema } from '../documents/task.ts'
import { endpoint, octetBody, octetResult } from '../http/endpoint.ts'
import { waitQuery } from '../http/paging.ts'
import { metricNameSchema } from '../recipe/training.ts'
import { manifestSchema } from '../tensors/manifest.ts'

const taskParams = z.strictObject({ task: idSchema('task') })
const chunkParams = z.strictObject({ task: idSchema('task'), digest: digestSchema })

/** Why a node could not do a task: a closed list, so that no cell value can travel in a message. */
export const taskFailureSchema = z.enum([
  'policy-refused',
  'recipe-invalid',
  'roster-altered',
  'agreement-refused',
  'weights-invalid',
  'data-missing',
  'data-changed',
  'data-unreadable',
  'data-mismatch',
  'label-missing',
  'class-unknown',
  'value-invalid',
  'split-empty',
  'privacy-parameters-invalid',
  'privacy-budget-exceeded',
  'privacy-budget-restored',
  'training-diverged',
  'trainer-failed',
  'trainer-timeout',
  'trainer-output-invalid',
  'update-rejected',
  'out-of-memory',
  'disk-full',
  'internal',
])
export type TaskFailure = z.infer<typeof taskFailureSchema>

/** Agreed metrics over a number of examples; a metric that does not apply is absent. */
export const metricsSchema = z.strictObject({
  examples: z.int().min(0).max(1e12),
  values: z.partialRecord(metricNameSchema, z.number()),
})
export type Metrics = z.infer<typeof metricsSchema>

export const nextTask = endpoint({
  method: 'GET',
  path: '/v1/tasks/next',
  summary:
    'The oldest open task of the calling member, waiting for one if there is none; answers again until it is closed',
  access: 'member',
  query: z.strictObject({ wait: waitQuery }),
  result: z.object({
    task: signedTaskSchema.nullable(),
    /** Null where there is no task. As it is: a node too old for it must still see the task, to fail that one. */
    recipe: z.unknown(),
    /** Where there is no task: a survey that waits for the member. */
    survey: surveyRequestSchema.nullable(),
  }),
})

export const getWeights = endpoint({
  method: 'GET',
  path: '/v1/tasks/:task/weights/:digest',
  summary: 'One chunk of the weights that a task starts from',
  access: 'member',
  params: chunkParams,
  result: octetResult,
  errors: ['task-closed'],
})

export const offerUpdate = endpoint({
  method: 'PUT',
  path: '/v1/tasks/:task/update',
  summary: 'Announces an update; the answer lists the chunks that are not here yet',
  access: 'member',
  params: taskParams,
  body: manifestSchema,
  result: z.object({ missing: z.array(digestSchema) }),
  errors: ['task-closed', 'update-shape', 'state-conflict'],
})

export const putChunk = endpoint({
  method: 'PUT',
  path: '/v1/tasks/:task/update/:digest',
  summary: 'One chunk of an announced update; safe to repeat',
  access: 'member',
  params: chunkParams,
  body: octetBody,
  errors: ['task-closed', 'digest-mismatch', 'too-large', 'disk-full', 'busy'],
})

export const finishTraining = endpoint({
  method: 'POST',
  path: '/v1/tasks/:task/update',
  summary: 'Hands in an update whose chunks are all here; safe to repeat',
  access: 'member',
  params: taskParams,
  body: z.strictObject({
    update: digestSchema,
    /** Examples that were trained on: must be what the data card says. */
    examples: z.int().min(0).max(1e12),
    /** Mean training loss of the last epoch; absent when there was none. */
    loss: z.number().optional(),
  }),
  errors: ['task-closed', 'update-shape', 'update-not-finite', 'card-mismatch', 'state-conflict'],
})

export const finishEvaluation = endpoint({
  method: 'POST',
  path: '/v1/tasks/:task/metrics',
  summary: 'Hands in the metrics of an evaluation; safe to repeat',
  access: 'member',
  params: taskParams,
  body: metricsSchema,
  errors: ['task-closed', 'card-mismatch'],
})

export const failTask = endpoint({
  method: 'POST',
  path: '/v1/tasks/:task/failure',
  summary: 'Says that a task cannot be done, and where the node’s own log says why',
  access: 'member',
  params: taskParams,
  body: z.strictObject({ code: taskFailureSchema, reference: z.string().regex(/^[a-z0-9-]{1,40}$/) }),
})

export const reportProgress = endpoint({
  method: 'POST',
  path: '/v1/tasks/:task/progress',
  summary: 'How far a task is, for those who watch; the answer says whether it is still wanted',
  access: 'member',
  params: taskParams,
  body: z.strictObject({ done: z.number().min(0).max(1) }),
  result: z.object({ wanted: z.boolean() }),
})
