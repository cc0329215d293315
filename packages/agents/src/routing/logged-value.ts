import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/** What was done with one case, and what it turned out to cost. */
export interface LoggedAction {
  readonly action: string
  /** With which probability each action was taken when this one was drawn. */
  readonly propensities: Readonly<Record<string, number>>
  /** In the currency of the costs: what the action cost, its error included; null where nobody looked. */
  readonly cost: number | null
  /**
   * With which probability anybody looked at what the action cost, once it was taken: in (0, 1], drawn without a look
   * at the cost. 1 where left out.
   */
  readonly lookPropensity?: number
  /** Of actions that cost the same whatever happens, so that no log is needed to know it. None where left out. */
  readonly certainCosts?: Readonly<Record<string, number>>
}

/**
 * Another policy, by its probabilities for the same case; they add up to 1. The difference of two policies, whose
 * shares add up to 0, is valued in the same way: see `differenceOf`.
 */
export type PolicyFor<Case extends LoggedAction> = (logged: Case) => Readonly<Record<string, number>>

export interface PolicyValue {
  /** Mean cost of a case under the policy. */
  readonly cost: number
  /** Of that mean, over the cases. */
  readonly standardError: number
  readonly cases: number
  /**
   * Kish's number of cases that carry as much, among those whose cost had to be looked at: far fewer than `cases` where
   * the policies differ much or few were looked at; 0 where all that is known was certain beforehand.
   */
  readonly effectiveCases: number
}

/**
 * What another policy would have cost on the logged cases, by inverse propensities (Horvitz, Thompson 1952): the mean
 * of Σ π_new · certain cost + cost · π_new(action) / (π_logged(action) · π_look), where the second part is of actions
 * whose cost is not certain and was looked at. Unbiased inside the support: throws `input-invalid` when the policy
 * wants an action that was never possible for a case, unless its cost is certain, because it is then not in the log.
 * That is how a gate limits what can be learnt: what it never answered has no price.
 */
export function inversePropensityValue<Case extends LoggedAction>(
  log: readonly Case[],
  policy: PolicyFor<Case>,
): PolicyValue {
  const { shares, weights } = weigh(log, policy)
  const values = log.map(({ cost, certainCosts = {} }, index) => {
    const certain = expectationOf(shares[index]!, action => certainCosts[action] ?? 0)
    return certain + weights[index]! * (cost ?? 0)
  })
  return summarise(values, weights)
}

/**
 * The same, doubly robust (Dudík, Langford, Li 2011): Σ π_new · predicted cost, put right by the inverse propensities
 * of what the prediction missed. Unbiased whatever `predict` says as long as it was not fitted on these cases; the
 * better it is, the smaller the error. It is not asked about costs that are certain.
 */
export function doublyRobustValue<Case extends LoggedAction>(
  log: readonly Case[],
  policy: PolicyFor<Case>,
  predict: (logged: Case, action: string) => number,
): PolicyValue {
  const { shares, weights } = weigh(log, policy)
  const values = log.map((logged, index) => {
    const { action, cost, certainCosts = {} } = logged
    const expected = expectationOf(shares[index]!, name => certainCosts[name] ?? predict(logged, name))
    const weight = weights[index]!
    return weight === 0 || cost === null ? expected : expected + weight * (cost - predict(logged, action))
  })
  return summarise(values, weights)
}

/**
 * What `to` does more often than `from`, as a policy whose shares add up to 0. Its value is by how much `to` costs
 * more, case by case: what both do alike cancels, so that its standard error is that of the paired difference.
 */
export function differenceOf<Case extends LoggedAction>(
  to: PolicyFor<Case>,
  from: PolicyFor<Case>,
): PolicyFor<Case> {
  return logged => {
    const [wanted, instead] = [to(logged), from(logged)]
    const actions = new Set([...Object.keys(wanted), ...Object.keys(instead)])
    return Object.fromEntries(
      [...actions].map(action => [action, (wanted[action] ?? 0) - (instead[action] ?? 0)]),
    )
  }
}

interface Weighed {
  /** What the policy would do, by case. */
  readonly shares: readonly Readonly<Record<string, number>>[]
  /** By case: for how many cases it stands; 0 where its cost is certain or nobody looked. */
  readonly weights: readonly number[]
}

function weigh<Case extends LoggedAction>(log: readonly Case[], policy: PolicyFor<Case>): Weighed {
  const shares = log.map(policy)
  const impossible = new Map<string, number>()
  for (const [index, logged] of log.entries()) {
    for (const action of unsupported(logged, shares[index]!)) {
      impossible.set(action, (impossible.get(action) ?? 0) + 1)
    }
  }
  for (const [action, cases] of impossible) {
    throw new Refusal(
      'input-invalid',
      `The log cannot tell what the action ${action} would have cost: in ${cases} of ${log.length} cases it was never possible`,
      {
        hint: 'Compare policies that act only where the logged one might have; one that explores leaves a log that tells more.',
      },
    )
  }
  return { shares, weights: log.map((logged, index) => weightOf(logged, shares[index]!)) }
}

function unsupported(
  { propensities, certainCosts = {} }: LoggedAction,
  wanted: Readonly<Record<string, number>>,
): string[] {
  return Object.keys(wanted).filter(
    action => wanted[action] !== 0 && !(action in certainCosts) && !((propensities[action] ?? 0) > 0),
  )
}

function weightOf(
  { action, propensities, cost, lookPropensity = 1, certainCosts = {} }: LoggedAction,
  wanted: Readonly<Record<string, number>>,
): number {
  const was = propensities[action]!
  assert.ok(was > 0, 'a logged action was drawn, so it had a chance')
  if (cost === null || action in certainCosts) return 0
  assert.ok(lookPropensity > 0 && lookPropensity <= 1, 'it was looked at, so that had a chance')
  return (wanted[action] ?? 0) / (was * lookPropensity)
}

function expectationOf(shares: Readonly<Record<string, number>>, costOf: (action: string) => number): number {
  return Object.entries(shares).reduce(
    (sum, [action, share]) => (share === 0 ? sum : sum + share * costOf(action)),
    0,
  )
}

function summarise(values: readonly number[], weights: readonly number[]): PolicyValue {
  const cases = values.length
  if (cases === 0) {
    throw new Refusal('input-invalid', 'There is no logged case to judge a policy by', {
      hint: 'Let the agent answer some cases first.',
    })
  }
  const first = values[0]!
  // Around one of them, so that equal values have exactly that mean and no error.
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / cases
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const total = weights.reduce((sum, weight) => sum + Math.abs(weight), 0)
  const totalSquares = weights.reduce((sum, weight) => sum + weight * weight, 0)
  return {
    cost: mean,
    standardError: cases > 1 ? Math.sqrt(squares / (cases - 1) / cases) : Number.POSITIVE_INFINITY,
    cases,
    effectiveCases: totalSquares === 0 ? 0 : (total * total) / totalSquares,
  }
}
