import assert from 'node:assert/strict'
import type { ActionCosts } from './choose-action.ts'
import { type ConsultOption, chooseAmong } from './choose-among.ts'

/**
 * The probability a(x) that the policy answers a case once the gate lets it through: `answered` of `LabelledCase`. The
 * guarantee for the randomised policy is R = E[a · wrong] / E[a] over the cases that the gate lets through, so that a
 * label counts for as much as its case would be answered. When β, costs or options change, a changes: weigh the stored
 * labels again, as a new guarantee (each policy's promise holds with its own probability 1 − δ).
 */
export function answerPropensity(
  confidence: number,
  { costs, beta, consults = [] }: { costs: ActionCosts; beta: number; consults?: readonly ConsultOption[] },
): number {
  assert.ok(confidence >= 0 && confidence <= 1)
  const gate = { kind: 'open', threshold: 0 } as const
  return chooseAmong(confidence, { gate, costs, beta, consults, uniform: 0 }).propensities.answer
}
