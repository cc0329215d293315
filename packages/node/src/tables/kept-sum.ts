import type { Participant } from '@consort/privacy'
import { digestSchema, nameSchema } from '@consort/protocol'
import { z } from 'zod'

/**
 * What stays of an attempt that ended long ago: that it was, how far this node went, and whose survivors it signed for.
 * Its keys, shares and messages are gone, so that no question of it can be answered.
 */
export const overSumSchema = z.strictObject({
  stage: z.literal('over'),
  reached: z.enum(['advertised', 'shared', 'masked', 'consistent', 'unmasked']),
  context: z.strictObject({
    run: z.string(),
    round: z.int(),
    attempt: z.int(),
    recipe: digestSchema,
  }),
  survivors: z.array(nameSchema).nullable(),
})
export type OverSum = z.infer<typeof overSumSchema>

/** This node's side of an attempt, whole or as what stays of it. */
export type KeptSum = Participant | OverSum

/** Makes what stays of an attempt. */
export function overSumOf(state: Participant): OverSum {
  const { run, round, attempt, recipe } = state.context
  const survivors = survivorsOf(state)
  return {
    ...{ stage: 'over', reached: state.stage, context: { run, round, attempt, recipe } },
    survivors: survivors === undefined ? null : [...survivors],
  }
}

/** The stage that this node came to. */
export function reachedBy(sum: KeptSum): Participant['stage'] {
  return sum.stage === 'over' ? sum.reached : sum.stage
}

/** The list of survivors that this node has signed; undefined for none. */
export function survivorsOf(sum: KeptSum): readonly string[] | undefined {
  if (sum.stage === 'over') return sum.survivors ?? undefined
  return sum.stage === 'consistent' || sum.stage === 'unmasked' ? sum.survivors : undefined
}
