import assert from 'node:assert/strict'
import type { AnswerGate } from './answer-gate.ts'
import { boltzmann } from './boltzmann.ts'

/** Answer alone, or defer to a person. */
export type Action = 'answer' | 'defer'

export type ActionReason =
  /** The gate lets no case through: defer. */
  | 'gate-closed'
  /** The gate is open, but not for a case of this confidence: defer. */
  | 'below-threshold'
  /** The gate allows it and answering was the likelier action: answer. */
  | 'sure-enough'
  /** The gate allows an answer, but a person was the likelier action: defer. */
  | 'expert-cheaper'
  /** The draw took the less likely action, or one of two equally likely ones. */
  | 'drawn'

/** In one currency, finite and at least 0. */
export interface ActionCosts {
  /** Of a wrong answer. */
  readonly error: number
  /** Of a person's judgement: its price, and what waiting for it costs. */
  readonly price: number
  readonly waiting: number
}

export interface Choice {
  readonly action: Action
  readonly reason: ActionReason
  /** With which probability each action was taken: needed to learn from what was done (inverse propensities). */
  readonly propensities: Readonly<Record<Action, number>>
  readonly expectedCosts: Readonly<Record<Action, number>>
}

/**
 * Draws an action with A(a) ∝ exp(−β · sₐ) among those that the gate allows; `defer` always is. sₐ is the expected
 * cost: error · (1 − p) for an answer of calibrated confidence p in [0, 1], price + waiting for a person. β ≥ 0, in one
 * over the currency: 0 is even, Infinity takes the cheapest (ties evenly). `uniform` is one number in [0, 1).
 *
 * Exploration so never answers what the gate would not. But whoever answers only some of what the gate allows must have
 * fitted it on cases chosen in the same way: else its promise is about other cases.
 */
export function chooseAction(
  confidence: number,
  {
    gate,
    costs,
    beta,
    uniform,
  }: {
    gate: AnswerGate
    costs: ActionCosts
    beta: number
    uniform: number
  },
): Choice {
  assert.ok(confidence >= 0 && confidence <= 1 && uniform >= 0 && uniform < 1)
  assert.ok(costs.error >= 0 && costs.price >= 0 && costs.waiting >= 0)
  const expectedCosts = { answer: costs.error * (1 - confidence), defer: costs.price + costs.waiting }
  if (gate.kind === 'closed' || confidence < gate.threshold) {
    const reason = gate.kind === 'closed' ? 'gate-closed' : 'below-threshold'
    return { action: 'defer', reason, propensities: { answer: 0, defer: 1 }, expectedCosts }
  }
  const [answer, defer] = boltzmann([expectedCosts.answer, expectedCosts.defer], beta)
  const action = uniform < answer! ? 'answer' : 'defer'
  const propensities = { answer: answer!, defer: defer! }
  return { action, reason: reasonOf(action, propensities), propensities, expectedCosts }
}

function reasonOf(action: Action, { answer, defer }: Choice['propensities']): ActionReason {
  if (action === 'answer') return answer > defer ? 'sure-enough' : 'drawn'
  return defer > answer ? 'expert-cheaper' : 'drawn'
}
