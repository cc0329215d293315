import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { signedDataCardSchema } from '../documents/data-card.ts'
import { hubMessageSchema, memberMessageSchema } from '../documents/secure-aggregation.ts'
import { endpoint } from '../http/endpoint.ts'
import { waitQuery } from '../http/paging.ts'

const taskParams = z.strictObject({ task: idSchema('task') })

/**
 * What a member may learn about the cohort before it takes part: the hub's word for who, their own for how many
 * examples.
 */
export const cohortSchema = z.object({
  /** From 1, of this round. */
  attempt: z.int().min(1),
  members: z.array(z.object({ name: nameSchema, card: signedDataCardSchema })),
})
export type Cohort = z.infer<typeof cohortSchema>

export const getCohort = endpoint({
  method: 'GET',
  path: '/v1/tasks/:task/cohort',
  summary: 'With whom a task’s update is summed: names and signed data cards',
  access: 'member',
  params: taskParams,
  result: cohortSchema,
  errors: ['task-closed'],
})

export const getAggregationMessage = endpoint({
  method: 'GET',
  path: '/v1/tasks/:task/aggregation',
  summary: 'What the hub says next in the secure sum of a task, waiting for it if asked to',
  access: 'member',
  params: taskParams,
  query: z.strictObject({
    /** The kind of the caller’s own last message. */
    after: z.enum(['advertisement', 'dealt-shares', 'masked-input', 'survivor-signature', 'opened-shares']),
    wait: waitQuery,
  }),
  /** Null while there is nothing yet. When the sum is over the task is closed, and says so. */
  result: z.object({ message: hubMessageSchema.nullable() }),
  errors: ['task-closed'],
})

export const sendAggregationMessage = endpoint({
  method: 'POST',
  path: '/v1/tasks/:task/aggregation',
  summary: 'What a member says in the secure sum of its task; safe to repeat',
  access: 'member',
  params: taskParams,
  body: memberMessageSchema,
  errors: ['task-closed', 'state-conflict', 'not-allowed', 'signature-invalid', 'digest-mismatch'],
})
