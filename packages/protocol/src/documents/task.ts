import { digestSchema, idSchema } from '@consort/basics'
import { z } from 'zod'
import { type Signed, signedSchema } from '../signed-document.ts'
import { manifestSchema } from '../tensors/manifest.ts'

/**
 * What the hub asks of one member in one round. Signed by the hub and bound to the roster, so that a node
 * can refuse what was meant for another, for another roster, or was never asked.
 */
export const taskSchema = z.strictObject({
  kind: z.literal('task'),
  id: idSchema('task'),
  work: z.enum(['train', 'evaluate']),
  run: idSchema('run'),
  /** From 1. */
  round: z.int().min(1),
  rounds: z.int().min(1),
  member: idSchema('member'),
  card: idSchema('card'),
  roster: digestSchema,
  /** The agreement that covers it; null in a consortium that has none. */
  agreement: digestSchema.nullable(),
  recipe: digestSchema,
  weights: manifestSchema,
  /** How long the hub waits, from the moment it hands the task out: a duration, since clocks differ. */
  withinMs: z.int().min(1),
})
export type Task = z.infer<typeof taskSchema>
export type SignedTask = Signed<Task>
export const signedTaskSchema = signedSchema(taskSchema)
