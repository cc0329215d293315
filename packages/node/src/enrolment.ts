import { idSchema, memberRoleSchema, publicKeySchema } from '@consort/protocol'
import { z } from 'zod'

/** What a node knows of its consortium from the moment it joined. */
export const enrolmentSchema = z
  .object({
    hubUrl: z.string(),
    /** Pinned: whatever is signed by another key is not the hub's. */
    hubKey: publicKeySchema,
    consortium: z.string(),
    member: idSchema('member'),
    name: z.string(),
    role: memberRoleSchema,
  })
  .readonly()
export type Enrolment = z.infer<typeof enrolmentSchema>
