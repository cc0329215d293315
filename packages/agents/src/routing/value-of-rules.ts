import type { AgentValue } from '@consort/protocol'
import { gateAt } from '../gate/answer-gate.ts'
import { type ActionCosts, chooseAction } from '../gate/choose-action.ts'
import { betaAt, betaFor, type DecisionRules } from '../gate/decision-rules.ts'
import {
  differenceOf,
  doublyRobustValue,
  inversePropensityValue,
  type PolicyFor,
  type PolicyValue,
} from './logged-value.ts'
import type { ValuedCase } from './settled-log.ts'

/** Below this the log cannot tell: too few spot-checked answers carry the figure for a normal approximation. */
export const effectiveCasesMin = 30
/** So many standard errors away from 0 a difference is called clear. */
const clearFrom = 2

/**
 * Makes the rules that are asked about. β as it is named stays; one that is left out is the agent's, as far as it has
 * grown.
 */
export function otherRules(
  { beta, exploration }: DecisionRules,
  named: { costs: ActionCosts; beta: number | undefined },
): DecisionRules {
  if (named.beta === undefined) return { costs: named.costs, beta, exploration }
  const { forbiddenFor } = exploration
  return { costs: named.costs, beta: named.beta, exploration: { forbiddenFor, casesToDouble: null } }
}

/** The stage of the policy, and the costs by which both sets of rules are judged. */
export interface Judging {
  readonly stage: number
  readonly judgedBy: ActionCosts
}

/** Estimates what the cases would have cost under some rules. */
export function costsUnder(
  log: readonly ValuedCase[],
  rules: DecisionRules,
  judging: Judging,
): NonNullable<AgentValue['instead']> {
  const policy = policyOf(rules, judging.stage)
  return {
    costs: rules.costs,
    beta: betaAt(rules, judging.stage),
    answered: meanOf(log, one => policy(one).answer!),
    ...estimatesOf(log, policy, judging.judgedBy),
  }
}

/** Estimates by how much one set of rules costs more than another, case by case. */
export function differenceBetween(
  log: readonly ValuedCase[],
  { now, instead, stage, judgedBy }: { now: DecisionRules; instead: DecisionRules } & Judging,
): NonNullable<AgentValue['difference']> {
  const policy = differenceOf(policyOf(instead, stage), policyOf(now, stage))
  const estimates = estimatesOf(log, policy, judgedBy)
  const changed = meanOf(log, one => Math.abs(policy(one).answer!))
  return { ...estimates, verdict: verdictOf(estimates, { changed, error: judgedBy.error }) }
}

/**
 * Says which of the two costs less. It is clear from two standard errors on, the squared error being increased by that
 * of one more wrong answer: where none of n spot checks found an error, the spread of the log says nothing
 * of the error that has not happened yet. `changed` is the share of cases that one policy answers and the other does
 * not.
 */
export function verdictOf(
  {
    doublyRobust: { cost, standardError },
    effectiveCases,
  }: Pick<NonNullable<AgentValue['difference']>, 'doublyRobust' | 'effectiveCases'>,
  { changed, error }: { changed: number; error: number },
): NonNullable<AgentValue['difference']>['verdict'] {
  if (changed === 0) return 'same'
  if (effectiveCases < effectiveCasesMin || standardError === null) return 'too-few'
  const spread = Math.hypot(standardError, (changed * error) / effectiveCases)
  if (Math.abs(cost) <= clearFrom * spread) return 'unclear'
  return cost < 0 ? 'cheaper' : 'dearer'
}

function policyOf(rules: DecisionRules, stage: number): PolicyFor<ValuedCase> {
  return ({ confidence, threshold, class: likeliest }) => {
    const beta = betaFor(rules, stage, likeliest)
    return chooseAction(confidence, { gate: gateAt(threshold), costs: rules.costs, beta, uniform: 0 })
      .propensities
  }
}

/** The prediction of an answer's cost was calibrated on held-out records, never on these cases. */
function estimatesOf(log: readonly ValuedCase[], policy: PolicyFor<ValuedCase>, { error }: ActionCosts) {
  const inverse = inversePropensityValue(log, policy)
  const robust = doublyRobustValue(log, policy, ({ confidence }) => error * (1 - confidence))
  return {
    inversePropensity: estimateOf(inverse),
    doublyRobust: estimateOf(robust),
    effectiveCases: inverse.effectiveCases,
  }
}

function estimateOf({ cost, standardError }: PolicyValue): AgentValue['now']['doublyRobust'] {
  return { cost, standardError: Number.isFinite(standardError) ? standardError : null }
}

function meanOf(log: readonly ValuedCase[], of: (one: ValuedCase) => number): number {
  return log.reduce((sum, one) => sum + of(one), 0) / log.length
}
