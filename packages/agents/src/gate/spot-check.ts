import { Refusal } from '@consort/protocol'
import type { AnswerGate } from './answer-gate.ts'

/** Which of the cases that are answered alone a person looks at afterwards. */
export interface SpotCheckRule {
  /** π_min: every answered case is looked at with at least this probability, 0 < share ≤ 1. */
  readonly shareMin: number
  /**
   * The probability for an answer just at the gate's threshold, at least `shareMin`; between the threshold and sureness
   * 1 it falls in a straight line to `shareMin`. Equal to `shareMin` where left out.
   */
  readonly shareAtThreshold?: number
}

/** Whether a person looks at a case, and how likely that was. Stored under the key `audit`. */
export interface SpotCheck {
  readonly isAudited: boolean
  /** Probability to be labelled: to be written to the log before the answer is given. */
  readonly propensity: number
  readonly propensityLeast: number
}

/**
 * Draws whether a person looks at an answer afterwards. The probability depends on confidence and rule only, so that
 * nothing which is learnt later, least of all whether somebody complained, can move it. `uniform` is one number in [0,
 * 1), drawn before the answer. A deferred case is labelled by the person who answers it: propensity 1, see
 * `spotCheckOfDeferred`.
 */
export function drawSpotCheck(
  confidence: number,
  { rule, threshold, uniform }: { rule: SpotCheckRule; threshold: number; uniform: number },
): SpotCheck {
  checkSpotCheckRule(rule)
  const { shareMin, shareAtThreshold = shareMin } = rule
  const unsure = threshold < 1 ? Math.min(1, Math.max(0, (1 - confidence) / (1 - threshold))) : 1
  const propensity = shareMin + (shareAtThreshold - shareMin) * unsure
  return { isAudited: uniform < propensity, propensity, propensityLeast: shareMin }
}

/**
 * What stands for a spot check where a case was deferred. Its label came with certainty, but it is weighed against
 * answered ones that are looked at with probability `shareMin` at least while the gate is open; while it is closed,
 * every case is deferred.
 */
export function spotCheckOfDeferred(rule: SpotCheckRule, gate: Pick<AnswerGate, 'kind'>): SpotCheck {
  checkSpotCheckRule(rule)
  return { isAudited: true, propensity: 1, propensityLeast: gate.kind === 'open' ? rule.shareMin : 1 }
}

function checkSpotCheckRule({ shareMin, shareAtThreshold = shareMin }: SpotCheckRule): void {
  if (shareMin > 0 && shareMin <= shareAtThreshold && shareAtThreshold <= 1) return
  throw new Refusal(
    'input-invalid',
    `Answers cannot be spot-checked with shares ${shareMin} and ${shareAtThreshold}`,
    {
      hint: 'Without spot checks nobody notices when sure answers go wrong: give a share above 0, e.g. 0.05.',
      path: 'shareMin',
    },
  )
}
