import { Refusal } from '@consort/protocol'

/** Which of the cases that are answered alone a person looks at afterwards. */
export interface AuditRule {
  /** π_min: every answered case is audited with at least this probability, 0 < share ≤ 1. */
  readonly shareMin: number
  /**
   * The probability for an answer just at the gate's threshold, at least `shareMin`; between the threshold and sureness 1
   * it falls in a straight line to `shareMin`. Equal to `shareMin` where left out.
   */
  readonly shareAtThreshold?: number
}

export interface Audit {
  readonly isAudited: boolean
  /** Probability to be labelled: to be written to the log before the answer is given. */
  readonly propensity: number
  readonly propensityLeast: number
}

/**
 * Whether an answer is audited. The probability depends on confidence and rule only, so that nothing which is learnt
 * later, least of all whether somebody complained, can move it. `uniform` is one number in [0, 1), drawn before the
 * answer. A deferred case is labelled by the person who answers it: propensity 1, see `auditOfDeferred`.
 */
export function drawAudit(
  confidence: number,
  { rule, threshold, uniform }: { rule: AuditRule; threshold: number; uniform: number },
): Audit {
  checkAuditRule(rule)
  const { shareMin, shareAtThreshold = shareMin } = rule
  const unsure = threshold < 1 ? Math.min(1, Math.max(0, (1 - confidence) / (1 - threshold))) : 1
  const propensity = shareMin + (shareAtThreshold - shareMin) * unsure
  return { isAudited: uniform < propensity, propensity, propensityLeast: shareMin }
}

/**
 * The label of a deferred case. It came with certainty, but it is weighed against answered ones that are audited with
 * probability `shareMin` at least while the gate is open; while it is closed, every case is deferred.
 */
export function auditOfDeferred(rule: AuditRule, gate: { readonly kind: 'open' | 'closed' }): Audit {
  checkAuditRule(rule)
  return { isAudited: true, propensity: 1, propensityLeast: gate.kind === 'open' ? rule.shareMin : 1 }
}

function checkAuditRule({ shareMin, shareAtThreshold = shareMin }: AuditRule): void {
  if (shareMin > 0 && shareMin <= shareAtThreshold && shareAtThreshold <= 1) return
  throw new Refusal(
    'input-invalid',
    `Answers cannot be audited with shares ${shareMin} and ${shareAtThreshold}`,
    {
      hint: 'Without audits nobody notices when sure answers go wrong: give a share above 0, e.g. 0.05.',
      path: 'shareMin',
    },
  )
}
