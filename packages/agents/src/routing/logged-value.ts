import assert from 'node:assert/strict'
import { Refusal } from '@consort/protocol'

/** What was done with one case, and what it turned out to cost. */
export interface LoggedAction {
  readonly action: string
  /** With which probability each action was taken when this one was drawn. */
  readonly propensities: Readonly<Record<string, number>>
  /** In the currency of the costs: what the action cost, its error included. */
  readonly cost: number
}

/** Another policy, by its probabilities for the same case; they add up to 1. */
export type PolicyFor<Case extends LoggedAction> = (logged: Case) => Readonly<Record<string, number>>

export interface PolicyValue {
  /** Mean cost of a case under the policy. */
  readonly cost: number
  /** Of that mean, over the cases. */
  readonly standardError: number
  readonly cases: number
  /** Kish's number of cases that carry as much: far fewer than `cases` where the policies differ much. */
  readonly effectiveCases: number
}

/**
 * What another policy would have cost on the logged cases, by inverse propensities (Horvitz, Thompson 1952): the mean of
 * cost · π_new(action) / π_logged(action). Unbiased inside the support: throws `input-invalid` when the policy wants an
 * action that was never possible for a case, because its cost is then not in the log. That is how a gate limits what can
 * be learnt: what it never answered has no price.
 */
export function inversePropensityValue<Case extends LoggedAction>(
  log: readonly Case[],
  policy: PolicyFor<Case>,
): PolicyValue {
  const ratios = log.map(logged => ratioOf(logged, policy(logged)))
  return summarise(
    log.map(({ cost }, index) => ratios[index]! * cost),
    ratios,
  )
}

/**
 * The same, doubly robust (Dudík, Langford, Li 2011): Σ π_new · predicted cost, put right by the inverse propensities of
 * what the prediction missed. Unbiased whatever `predict` says as long as it was not fitted on these cases; the better it
 * is, the smaller the error.
 */
export function doublyRobustValue<Case extends LoggedAction>(
  log: readonly Case[],
  policy: PolicyFor<Case>,
  predict: (logged: Case, action: string) => number,
): PolicyValue {
  const ratios = log.map(logged => ratioOf(logged, policy(logged)))
  const values = log.map((logged, index) => {
    const wanted = Object.entries(policy(logged)).filter(([, share]) => share > 0)
    const expected = wanted.reduce((sum, [action, share]) => sum + share * predict(logged, action), 0)
    return expected + ratios[index]! * (logged.cost - predict(logged, logged.action))
  })
  return summarise(values, ratios)
}

function ratioOf({ action, propensities }: LoggedAction, wanted: Readonly<Record<string, number>>): number {
  for (const [name, share] of Object.entries(wanted)) {
    if (share <= 0 || (propensities[name] ?? 0) > 0) continue
    throw new Refusal(
      'input-invalid',
      `The log cannot tell what ${name} would have cost: it was never possible`,
      {
        hint: 'Compare policies that act only where the logged one might have.',
      },
    )
  }
  const was = propensities[action]!
  assert.ok(was > 0, 'a logged action was drawn, so it had a chance')
  return (wanted[action] ?? 0) / was
}

function summarise(values: readonly number[], ratios: readonly number[]): PolicyValue {
  const cases = values.length
  if (cases === 0) {
    throw new Refusal('input-invalid', 'There is no logged case to judge a policy by', {
      hint: 'Let the agent answer some cases first.',
    })
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / cases
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const total = ratios.reduce((sum, ratio) => sum + ratio, 0)
  const totalSquares = ratios.reduce((sum, ratio) => sum + ratio * ratio, 0)
  return {
    cost: mean,
    standardError: cases > 1 ? Math.sqrt(squares / (cases - 1) / cases) : Number.POSITIVE_INFINITY,
    cases,
    effectiveCases: totalSquares === 0 ? 0 : (total * total) / totalSquares,
  }
}
