import { idSchema, nameSchema } from '@consort/basics'
import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { actionCostsSchema, guaranteeViewSchema } from './agent.ts'

/** A mean cost of a case; the error is null for a single case. */
const estimateSchema = z.object({ cost: z.number(), standardError: z.number().nullable() })

/** By inverse propensities, and doubly robust with the calibrated confidences as predictions. */
const estimatesShape = {
  inversePropensity: estimateSchema,
  doublyRobust: estimateSchema,
  /** Spot-checked answers that would carry as much, were all of the same weight. */
  effectiveCases: z.number(),
}

const policyValueSchema = z.object({
  /** What the policy goes by; what its actions cost is judged by `judgedBy`. */
  costs: actionCostsSchema,
  /** Where exploration is not forbidden; null takes the cheapest. */
  beta: z.number().nullable(),
  /** The share of the cases that it would answer alone. */
  answered: z.number(),
  ...estimatesShape,
})

/** What an agent's cases cost as it decides now, and what they would have cost under other rules. */
export const agentValueSchema = z.object({
  agent: nameSchema,
  version: idSchema('version'),
  guarantee: guaranteeViewSchema,
  judgedBy: actionCostsSchema,
  /** Up to the first spot-checked answer whose label is awaited; so many came from there on. */
  cases: z.int(),
  later: z.int(),
  /** Spot-checked answers among the cases. */
  audited: z.int(),
  /** With fewer effective cases nothing is said about a difference. */
  effectiveCasesMin: z.int(),
  now: policyValueSchema,
  /** Null where no other rules are named. */
  instead: policyValueSchema.nullable(),
  /** By how much `instead` costs more than `now`, case by case. */
  difference: z
    .object({
      ...estimatesShape,
      verdict: z.enum(['same', 'too-few', 'unclear', 'cheaper', 'dearer']),
    })
    .nullable(),
})
export type AgentValue = z.infer<typeof agentValueSchema>

const cost = z.coerce.number().min(0).max(1e9).optional()

export const valueAgent = endpoint({
  method: 'GET',
  path: '/v1/agents/:agent/value',
  summary:
    'What an agent’s cases cost under its present guarantee, and would have cost under other costs or another β',
  access: 'operator',
  params: z.strictObject({ agent: nameSchema }),
  /** What is left out is as in the agent's rules. */
  query: z.strictObject({ error: cost, price: cost, waiting: cost, beta: cost }),
  result: agentValueSchema,
  errors: ['not-found', 'input-invalid', 'state-conflict'],
})
