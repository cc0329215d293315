import { type Cost, costSchema } from '@consort/federation'
import { type Id, idSchema } from '@consort/protocol'
import { z } from 'zod'

/** A partner that could take part in a round, what drawing it would have cost, and whether it was drawn. */
export interface RoundCandidate {
  readonly member: Id<'member'>
  readonly name: string
  readonly drawn: boolean
  readonly cost: Cost
}

export const roundCandidateSchema = z.object({
  member: idSchema('member'),
  name: z.string(),
  drawn: z.boolean(),
  cost: costSchema,
}) satisfies z.ZodType<RoundCandidate>
