import type { Action } from '../gate/choose-action.ts'
import type { SpotCheck } from '../gate/spot-check.ts'

/** A decision, and whether its label says that it was wrong. */
export interface JudgedAction {
  readonly decision: { readonly action: Action; readonly audit: Pick<SpotCheck, 'propensity'> }
  readonly isWrong: boolean
}

/** P(wrong | answered alone) as spot checks show it; no standard error for a single answer. */
export interface EstimatedRisk {
  readonly estimate: number
  readonly standardError: number | null
  /** How many answers it rests on. */
  readonly audited: number
}

/**
 * Estimates the risk as Σ wrong/π over Σ 1/π of the answers that people looked at: the ratio estimator (Hájek 1971),
 * with its linearised standard error. Null where nobody has looked at any.
 */
export function estimateRisk(judged: readonly JudgedAction[]): EstimatedRisk | null {
  const audited = judged.filter(({ decision }) => decision.action === 'answer')
  if (audited.length === 0) return null
  const weights = audited.map(({ decision }) => 1 / decision.audit.propensity)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const wrong = audited.reduce((sum, { isWrong }, index) => sum + (isWrong ? weights[index]! : 0), 0)
  const estimate = wrong / total
  const squares = audited.reduce(
    (sum, { isWrong }, index) => sum + (weights[index]! * ((isWrong ? 1 : 0) - estimate)) ** 2,
    0,
  )
  const count = audited.length
  const standardError = count < 2 ? null : Math.sqrt((squares * count) / (count - 1)) / total
  return { estimate, standardError, audited: count }
}
