import type { SpotCheck } from '../gate/spot-check.ts'
import type { WeighableLabel } from './held-out-label.ts'

/** A case that an agent decided about, as far as its label is concerned. */
export interface LabelledDecision {
  readonly asked: string
  readonly decision: {
    readonly class: string
    readonly confidence: number
    readonly audit: Pick<SpotCheck, 'propensity' | 'propensityLeast'>
  }
  readonly state:
    | { readonly kind: 'closed'; readonly final: { readonly class: string; readonly at: string } }
    | { readonly kind: 'answered' | 'waiting' | 'begun' | 'cancelled' }
}

const dayMs = 86_400_000

/**
 * Says what the label of a case says of the agent's answer. One that has not come in time counts as wrong, and so does
 * that of a case that was taken back: who takes cases back may well know why. A label that comes later still changes
 * nothing.
 */
export function labelOf(
  { decision, asked, state }: LabelledDecision,
  { days, now }: { days: number; now: Date },
): WeighableLabel | 'awaited' {
  const due = Date.parse(asked) + days * dayMs
  const isLabelled = state.kind === 'closed' && Date.parse(state.final.at) <= due
  if (!isLabelled && state.kind !== 'cancelled' && now.getTime() <= due) return 'awaited'
  const { confidence, audit } = decision
  return {
    confidence,
    class: decision.class,
    isWrong: !isLabelled || state.final.class !== decision.class,
    propensity: audit.propensity,
    propensityLeast: audit.propensityLeast,
  }
}
