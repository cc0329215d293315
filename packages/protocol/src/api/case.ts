import { digestSchema, idSchema, nameSchema } from '@consort/basics'
import { caseRecordSchema } from '@consort/records'
import { z } from 'zod'
import { tableSchemaSchema } from '../documents/field-schema.ts'
import { endpoint } from '../http/endpoint.ts'
import { pageQuery } from '../http/list-place.ts'
import { waitQuery } from '../http/paging.ts'

const caseReasonSchema = z.enum([
  'sure-enough',
  'below-threshold',
  'gate-closed',
  /** The gate allowed an answer, but a person was the cheaper choice. */
  'expert-cheaper',
  /** By chance, with known propensities. */
  'drawn',
  /** A partner's agent answered, and a gate of its own let its answer through. */
  'partner-sure',
  'expert-answered',
  /** The agent answered, a person looked at it afterwards and said otherwise. */
  'expert-corrected',
])

/** Why an agent did what it did, before any person came in. */
export const decisionReasonSchema = caseReasonSchema.exclude([
  'partner-sure',
  'expert-answered',
  'expert-corrected',
])
export type DecisionReason = z.infer<typeof decisionReasonSchema>

/** What the caller of an agent learns. */
export const caseViewSchema = z.object({
  id: idSchema('case'),
  agent: nameSchema,
  /** `deferred` until a person has answered, or its caller has taken it back. */
  state: z.enum(['answered', 'deferred', 'cancelled']),
  /** The class, and who said it; null while the case waits, and for ever when it was taken back. */
  answer: z.object({ class: z.string(), by: z.enum(['agent', 'partner', 'expert']) }).nullable(),
  /** Calibrated probability of the agent's own suggestion; null while a person must not see it. */
  confidence: z.number().nullable(),
  version: idSchema('version'),
  /** Null while the gate is closed. */
  threshold: z.number().nullable(),
  reason: caseReasonSchema,
  asked: z.iso.datetime(),
  closed: z.iso.datetime().nullable(),
  /** 1, and one more when a person has answered or the case was taken back. */
  revision: z.int(),
})
export type CaseView = z.infer<typeof caseViewSchema>

/** What made the agent lean its way: the change in log-odds if a field were not recorded. */
export const importanceSchema = z.object({ field: z.string(), change: z.number() })
export type Importance = z.infer<typeof importanceSchema>

/** What an expert sees. The suggestion stays hidden until that expert has given the first answer. */
export const reviewViewSchema = z.object({
  id: idSchema('case'),
  agent: nameSchema,
  dataset: nameSchema,
  state: z.enum(['answered', 'deferred']),
  asked: z.iso.datetime(),
  record: caseRecordSchema,
  classes: z.array(z.string()),
  /** What the agreement in force says the fields and classes mean; absent where it does not cover the data set. */
  schema: tableSchemaSchema.optional(),
  firstAnswer: z.string().nullable(),
  finalAnswer: z.string().nullable(),
  suggestion: z
    .object({
      class: z.string(),
      confidence: z.number(),
      because: z.array(importanceSchema).max(3),
      /** Classes that cannot be left out: a conformal set, the likeliest first. */
      among: z.array(z.string()),
      /** Why the agent did what it did with the case, and from which confidence on it would have answered. */
      reason: decisionReasonSchema,
      threshold: z.number().nullable(),
      /** What a partner's agent says, where one was asked. */
      partner: z.object({ name: nameSchema, class: z.string(), confidence: z.number() }).nullable(),
    })
    .nullable(),
})
export type ReviewView = z.infer<typeof reviewViewSchema>

const caseParams = z.strictObject({ case: idSchema('case') })

/** The person is still to answer. */
const isWaiting = ({ state }: CaseView): boolean => state === 'deferred'

export const askAgent = endpoint({
  method: 'POST',
  path: '/v1/agents/:agent/cases',
  summary:
    'Asks an agent. What it is not sure of is deferred to a person (202): wait here, poll the case or name a webhook',
  access: 'application',
  params: z.strictObject({ agent: nameSchema }),
  /** Seconds to wait for the person of a deferred case; `Prefer: wait=n` says the same. */
  query: z.strictObject({ wait: waitQuery }),
  body: z.strictObject({
    record: caseRecordSchema,
    /** Where to send the answer of a deferred case; https, or http on loopback. */
    webhook: z.url().max(2000).optional(),
    /** Made by the caller once for each case. */
    idempotencyKey: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  }),
  result: caseViewSchema,
  isPending: isWaiting,
  errors: ['value-invalid', 'not-found', 'state-conflict', 'agreement-refused', 'budget-spent'],
})

export const getCase = endpoint({
  method: 'GET',
  path: '/v1/cases/:case',
  summary: 'One case of the caller’s; waits for a revision after `after` if asked to',
  access: 'application',
  params: caseParams,
  query: z.strictObject({ after: z.coerce.number().int().min(0).default(0), wait: waitQuery }),
  result: caseViewSchema,
  errors: ['not-found', 'gone'],
})

export const listCases = endpoint({
  method: 'GET',
  path: '/v1/cases',
  summary: 'The caller’s cases, the newest first; the operator sees everybody’s',
  access: 'application',
  query: z.strictObject({
    agent: nameSchema.optional(),
    state: caseViewSchema.shape.state.optional(),
    ...pageQuery('case'),
  }),
  result: z.object({ cases: z.array(caseViewSchema), next: z.string().nullable() }),
})

export const cancelCase = endpoint({
  method: 'POST',
  path: '/v1/cases/:case/cancellation',
  summary: 'Takes back a case that waits for a person; safe to repeat',
  access: 'application',
  params: caseParams,
  result: caseViewSchema,
  errors: ['not-found', 'gone', 'state-conflict'],
})

const feedbackSchema = z.object({
  case: idSchema('case'),
  verdict: z.enum(['right', 'wrong']),
  label: z.string().nullable(),
  at: z.iso.datetime(),
})

export const giveFeedback = endpoint({
  method: 'PUT',
  path: '/v1/cases/:case/feedback',
  summary:
    'Says whether an answer was right, at once or weeks later; safe to repeat, and the last word holds',
  access: 'application',
  params: caseParams,
  body: z.strictObject({
    verdict: z.enum(['right', 'wrong']),
    /** What would have been right. */
    label: z.string().min(1).max(100).optional(),
  }),
  result: feedbackSchema,
  errors: ['not-found', 'gone', 'state-conflict', 'class-unknown'],
})

export const listReviews = endpoint({
  method: 'GET',
  path: '/v1/reviews',
  summary: 'Cases that wait for a person, the oldest first',
  access: 'expert',
  result: z.object({
    /** Not begun by anyone else; at most 1,000. */
    open: z.array(idSchema('case')),
    /** How many the caller has answered. */
    answered: z.int(),
  }),
})

export const getReview = endpoint({
  method: 'GET',
  path: '/v1/reviews/:case',
  summary: 'One case for an expert; the suggestion is there once a first answer has been given',
  access: 'expert',
  params: caseParams,
  result: reviewViewSchema,
})

export const nearestCountMax = 3

/**
 * A labelled record of the node's own, and how far the served model's last layer sees it from a case (Euclidean, ≥ 0).
 */
export const labelledNeighbourSchema = z.object({
  record: caseRecordSchema,
  label: z.string(),
  distance: z.number().min(0),
})
export type LabelledNeighbour = z.infer<typeof labelledNeighbourSchema>

export const listNearest = endpoint({
  method: 'GET',
  path: '/v1/reviews/:case/nearest',
  summary:
    'Labelled training records of this node’s own that the model finds nearest to a case, once the caller has given a first answer',
  access: 'expert',
  params: caseParams,
  result: z.object({ examples: z.array(labelledNeighbourSchema).max(nearestCountMax) }),
  errors: ['not-found', 'state-conflict', 'data-changed', 'value-invalid'],
})

export const answerReview = endpoint({
  method: 'POST',
  path: '/v1/reviews/:case/answers',
  summary: 'The first answer, blind, or the final one after seeing the suggestion; safe to repeat',
  access: 'expert',
  params: caseParams,
  body: z.strictObject({ stage: z.enum(['first', 'final']), class: z.string().min(1).max(100) }),
  result: reviewViewSchema,
  errors: ['class-unknown', 'state-conflict'],
})

/** Where one answer comes from: who trained the model, under which terms, by which threshold, and which person. */
export const caseOriginSchema = z.object({
  case: caseViewSchema,
  /** Null for what an agent answered alone: its record is not kept, and nothing is learnt from it. */
  role: z.enum(['train', 'calibrate', 'test']).nullable(),
  model: z.object({
    name: nameSchema,
    version: idSchema('version'),
    run: idSchema('run'),
    round: z.int(),
    recipe: digestSchema,
    roster: digestSchema,
    agreement: digestSchema.nullable(),
    trainedBy: z.array(z.object({ member: nameSchema, card: idSchema('card'), trainExamples: z.int() })),
  }),
  /** Who judged, and what: first without the suggestion, then with it. */
  reviews: z.array(
    z.object({ stage: z.enum(['first', 'final']), by: z.string(), class: z.string(), at: z.iso.datetime() }),
  ),
  /** The entries of this node's event log that are about the case, as they are hashed. */
  log: z.array(z.string()),
})
export type CaseOrigin = z.infer<typeof caseOriginSchema>

export const explainCase = endpoint({
  method: 'GET',
  path: '/v1/cases/:case/origin',
  summary:
    'Who trained the model that answered, under which agreement, by which threshold, which person decided',
  access: 'operator',
  params: caseParams,
  result: caseOriginSchema,
  errors: ['not-found', 'gone'],
})
