import type { CaseView } from '@consort/protocol'
import type { Decision } from '@consort/review'
import { roundOutput } from '@consort/serving'
import type { KnownCaller } from '../../caller.ts'

/** Shows a case as its caller may see it: to an application, no more digits of a confidence than its key may have. */
export function disclosedView(view: CaseView, caller: KnownCaller): CaseView {
  return caller.kind === 'application' ? roundedView(view, caller.limits.decimals) : view
}

/** Rounds the confidence of a case to so many decimals. */
export function roundedView(view: CaseView, decimals: number): CaseView {
  const { confidence } = view
  return confidence === null ? view : { ...view, confidence: roundOutput(confidence, decimals) }
}

/** Shows of a decision what its caller may see: the same, and every class's probability in no more digits either. */
export function disclosedDecision(decision: Decision, caller: KnownCaller): Decision {
  if (caller.kind !== 'application') return decision
  const { decimals } = caller.limits
  return {
    ...decision,
    confidence: roundOutput(decision.confidence, decimals),
    probabilities: decision.probabilities.map(probability => roundOutput(probability, decimals)),
  }
}
