import {
  type ActionCosts,
  chooseAction,
  differenceOf,
  doublyRobustValue,
  inversePropensityValue,
  type LoggedAction,
  type PolicyFor,
  type PolicyValue,
} from '@consort/agents'
import { type AgentValue, type nodeEndpoints, type Parsed, Refusal } from '@consort/protocol'
import { type DecidedCase, decidedCases } from '@consort/review'
import type { AgentContext } from '../context.ts'
import { readEvidence } from '../promise/evidence.ts'
import { betaAt, betaFor, type PolicyRules } from '../promise/policy-of.ts'
import { labelOf } from '../promise/weigh-labels.ts'
import { readAgent } from '../registry/agent-row.ts'

type Asked = Parsed<typeof nodeEndpoints.valueAgent>

/** Below this the log cannot tell: too few audited answers carry the figure for a normal approximation. */
const effectiveCasesMin = 30
/** So many standard errors away from 0 a difference is called clear. */
const clearFrom = 2

/**
 * What the cases of the present guarantee cost under the agent's rules as they stand, and would have cost under the costs and
 * the β that are named; both are judged by the same costs. Each case keeps the gate under which it was decided: other
 * rules choose where that let them, and defer elsewhere. Throws `input-invalid` where they would answer what the agent
 * never could (a person was always the cheaper one) and where there is no case yet, `state-conflict` where all cases wait for one label.
 */
export async function valueAgent(
  context: Pick<AgentContext, 'database' | 'now'>,
  { params, query }: Asked,
): Promise<AgentValue> {
  const view = await readAgent(context, params.agent)
  const { agent, version, guarantee } = view
  const { stage } = await readEvidence(context.database, view)
  const place = { agent, version, guarantee: guarantee.number }
  const decided = await decidedCases(context.database, place)
  const judgedBy: ActionCosts = {
    error: query.error ?? view.costs.error,
    price: query.price ?? view.costs.price,
    waiting: query.waiting ?? view.costs.waiting,
  }
  const log = settledLog(decided, { costs: judgedBy, days: view.labelDays, now: context.now() })
  if (log.length === 0 && decided.length > 0) throw firstIsAwaited(decided.length)
  const isAsked = Object.values(query).some(one => one !== undefined)
  const others = isAsked ? otherRules(view, { costs: judgedBy, beta: query.beta }) : null
  return {
    agent,
    version,
    guarantee,
    judgedBy,
    cases: log.length,
    later: decided.length - log.length,
    audited: log.filter(({ action, cost }) => action === 'answer' && cost !== null).length,
    effectiveCasesMin,
    now: costsUnder(log, view, { stage, judgedBy }),
    instead: others && costsUnder(log, others, { stage, judgedBy }),
    difference: others && differenceBetween(log, { now: view, instead: others, stage, judgedBy }),
  }
}

/** A case as it was decided. */
export interface ValuedCase extends LoggedAction {
  readonly class: string
  readonly confidence: number
  readonly threshold: number | null
}

/**
 * The cases up to the first audited answer whose label is awaited, in the order in which they were asked. A deferral costs
 * price + waiting whatever its label says, so that nothing waits for one, also where a partner's agent answered in the end. An answer
 * costs `error` if it was wrong, by the rule of the guarantee (`labelOf`): overdue counts as wrong.
 *
 * Why not all cases, without the audits that wait: wrong answers may well be labelled later than right ones, so that what has come
 * is better than what has not; no weight puts that right, since nobody has drawn it. Before the cut every audit counts, whatever
 * became of it. The cut itself leaves out one audit, the one that waits: at worst one wrong answer of the k that are found, where
 * the standard error is about √k of them; nothing where none waits.
 *
 * Labels of all roles count, those included that moved the gate: a case's gate was moved by earlier ones, never by its own.
 */
export function settledLog(
  decided: readonly DecidedCase[],
  { costs, days, now }: { costs: ActionCosts; days: number; now: Date },
): ValuedCase[] {
  const log: ValuedCase[] = []
  for (const one of decided) {
    const { action, class: said, confidence, threshold, propensities, audit } = one.decision
    const isLooked = action === 'answer' && audit.isAudited
    const label = isLooked ? labelOf(one, { days, now }) : null
    if (label === 'awaited') break
    const person = costs.price + costs.waiting
    const answered = label === null ? null : label.isWrong ? costs.error : 0
    log.push({
      action,
      class: said,
      confidence,
      threshold,
      propensities,
      cost: action === 'defer' ? person : answered,
      lookPropensity: action === 'defer' ? 1 : audit.propensity,
      certainCosts: { defer: person },
    })
  }
  return log
}

/** β as it is named stays; one that is left out is the agent's, as far as it has grown. */
function otherRules(
  { beta, exploration }: PolicyRules,
  named: { costs: ActionCosts; beta: number | undefined },
): PolicyRules {
  if (named.beta === undefined) return { costs: named.costs, beta, exploration }
  const { forbiddenFor } = exploration
  return { costs: named.costs, beta: named.beta, exploration: { forbiddenFor, casesToDouble: null } }
}

interface Judging {
  readonly stage: number
  readonly judgedBy: ActionCosts
}

function costsUnder(
  log: readonly ValuedCase[],
  rules: PolicyRules,
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

function differenceBetween(
  log: readonly ValuedCase[],
  { now, instead, stage, judgedBy }: { now: PolicyRules; instead: PolicyRules } & Judging,
): NonNullable<AgentValue['difference']> {
  const policy = differenceOf(policyOf(instead, stage), policyOf(now, stage))
  const estimates = estimatesOf(log, policy, judgedBy)
  const changed = meanOf(log, one => Math.abs(policy(one).answer!))
  return { ...estimates, verdict: verdictOf(estimates, { changed, error: judgedBy.error }) }
}

/**
 * Clear from two standard errors on, the squared error being increased by that of one more wrong answer: where none of n audits was
 * wrong, the spread of the log says nothing of the error that has not happened yet. `changed` is the share of cases that one
 * policy answers and the other does not.
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

function policyOf(rules: PolicyRules, stage: number): PolicyFor<ValuedCase> {
  return ({ confidence, threshold, class: likeliest }) => {
    const gate = threshold === null ? ({ kind: 'closed' } as const) : ({ kind: 'open', threshold } as const)
    const beta = betaFor(rules, stage, likeliest)
    return chooseAction(confidence, { gate, costs: rules.costs, beta, uniform: 0 }).propensities
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

function firstIsAwaited(cases: number): Refusal {
  return new Refusal(
    'state-conflict',
    `All ${cases} cases wait for the label of the first one, which is audited`,
    {
      hint: 'Have an expert look at what waits; cases are judged in the order in which they were asked.',
    },
  )
}
