import type { AgentView } from '@consort/protocol'
import { answerPropensity } from './answer-propensity.ts'
import { betaOf } from './exploration.ts'

/** What decides between answering and asking a person, where the gate lets a case through. */
export type DecisionRules = Pick<AgentView, 'costs' | 'beta' | 'exploration'>

/**
 * β doubles at most so often: the policy runs through one stage more than that, and the promise holds in each of them.
 */
const doublingsMax = 6

/** Counts the policies that the rules run through, one after the other. */
export function stagesOf({ beta, exploration }: DecisionRules): number {
  return isAnnealed({ beta, exploration }) ? doublingsMax + 1 : 1
}

/**
 * Gives the policy's stage after so many cases, from 0. It depends on counts only: what labels say does not move it.
 */
export function stageAfter(cases: number, rules: Pick<DecisionRules, 'beta' | 'exploration'>): number {
  if (!isAnnealed(rules)) return 0
  const doublings = Math.floor(Math.log2(1 + cases / rules.exploration.casesToDouble!))
  return Math.min(doublingsMax, doublings)
}

/** Gives β for a case whose likeliest class is this one; Infinity takes the cheapest action. */
export function betaFor({ beta, exploration }: DecisionRules, stage: number, likeliest: string): number {
  if (beta === null) return Number.POSITIVE_INFINITY
  const { casesToDouble, forbiddenFor } = exploration
  const rule = { betaStart: beta, casesToDouble: casesToDouble ?? 1, forbiddenFor }
  const cases = casesToDouble === null ? 0 : (2 ** stage - 1) * casesToDouble
  return betaOf(rule, { cases, caseClass: likeliest })
}

/** Gives β at a stage, where nothing is forbidden; null takes the cheapest action. */
export function betaAt({ costs, beta, exploration }: DecisionRules, stage: number): number | null {
  if (beta === null) return null
  return betaFor({ costs, beta, exploration: { ...exploration, forbiddenFor: [] } }, stage, '')
}

/** Gives the probability that the policy answers what the gate lets through: its promise is about these answers. */
export function answeredBy(
  rules: DecisionRules,
  stage: number,
  { confidence, class: likeliest }: { confidence: number; class: string },
): number {
  return answerPropensity(confidence, { costs: rules.costs, beta: betaFor(rules, stage, likeliest) })
}

function isAnnealed({ beta, exploration }: Pick<DecisionRules, 'beta' | 'exploration'>): boolean {
  return beta !== null && exploration.casesToDouble !== null
}
