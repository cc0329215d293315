import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { memberRoleSchema } from '../documents/roster.ts'
import { endpoint } from '../http/endpoint.ts'
import { publicKeySchema } from '../keys.ts'

/** Asks a server who it is, before anything is signed. */
export const getHub = endpoint({
  method: 'GET',
  path: '/v1/hub',
  summary: 'Who this hub is',
  access: 'public',
  result: z.object({
    consortium: nameSchema,
    key: publicKeySchema,
    version: z.string(),
    time: z.iso.datetime(),
  }),
})

/** The nonce is in the header of every answer; this call gives one to those who have none yet. */
export const getNonce = endpoint({
  method: 'GET',
  path: '/v1/nonce',
  summary: 'A fresh nonce, in the consort-nonce header',
  access: 'public',
  result: z.object({}),
})

const memberViewSchema = z.object({
  id: idSchema('member'),
  name: nameSchema,
  role: memberRoleSchema,
  key: publicKeySchema,
  /** Null when it never called. */
  lastSeen: z.iso.datetime().nullable(),
  /** Called within the last minute. */
  online: z.boolean(),
  datasets: z.array(
    z.object({
      dataset: nameSchema,
      role: z.enum(['train', 'test']),
      trainExamples: z.int(),
      evaluationExamples: z.int(),
    }),
  ),
})
export type MemberView = z.infer<typeof memberViewSchema>

export const listMembers = endpoint({
  method: 'GET',
  path: '/v1/members',
  summary: 'The members, when they last called and what they offer',
  access: 'reader',
  result: z.object({ members: z.array(memberViewSchema) }),
})

export const createInvite = endpoint({
  method: 'POST',
  path: '/v1/invites',
  summary: 'Invites one partner or evaluator, once',
  access: 'operator',
  body: z.strictObject({ name: nameSchema, role: memberRoleSchema.default('partner') }),
  result: z.object({ invite: z.string() }),
  errors: ['name-taken'],
})

export const enrol = endpoint({
  method: 'POST',
  path: '/v1/enrolments',
  summary: 'Takes up an invite; signed with the key that is to be enrolled',
  access: 'keyholder',
  body: z.strictObject({
    invite: idSchema('invite'),
    secret: z.string().max(100),
  }),
  result: z.object({ member: idSchema('member') }),
  errors: ['invite-unknown', 'invite-used', 'already-exists'],
})

/** Entries as text, so that what was hashed is what travels. */
export const exportLog = endpoint({
  method: 'GET',
  path: '/v1/log',
  summary: 'Entries of the event log from a sequence number on',
  access: 'operator',
  query: z.strictObject({ from: z.coerce.number().int().min(0).default(0) }),
  result: z.object({ entries: z.array(z.string()), next: z.int().nullable() }),
})
