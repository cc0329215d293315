import {
  type Guarantee,
  gateOfGuarantee,
  startErrorWatch,
  startExchangeabilityWatch,
  startGuarantee,
  stepGuarantee,
  watchAnswer,
} from '@consort/agents'
import type { AgentView, WithdrawalReason } from '@consort/protocol'
import type { Calibration } from './calibrate.ts'
import type { CalibratedVersion, HeldOutLabel, VersionEvidence } from './evidence.ts'
import { answeredBy, type PolicyRules } from './policy-of.ts'

/** Labels are weighed for the policy that an agent runs. */
export type GuaranteeRules = Pick<AgentView, 'alpha'> & PolicyRules

/** How often each watch may fire while nothing has changed, in the whole life of a guarantee. */
const errorWatchDelta = 0.05
const populationWatchDelta = 0.001

/**
 * A version as it comes to be served, on `at`, after the case `lastCase`. Its promise has the held-out records for its first labels,
 * unless cases were found to be no longer like these.
 */
export function startEvidence(
  { calibration, thresholds, heldOut }: Calibration,
  rules: GuaranteeRules,
  birth: Pick<CalibratedVersion, 'agent' | 'version' | 'number' | 'after'> & {
    at: string
    lastCase: string | null
  },
): VersionEvidence {
  const { agent, version, number, at, after, lastCase } = birth
  const isFresh = after?.reason !== 'drift' && after?.reason !== 'new-population'
  const first = isFresh ? heldOut : []
  const started = { alpha: rules.alpha, delta: calibration.delta, thresholds }
  return {
    agent,
    version,
    calibrated: at,
    calibration,
    heldOut: first,
    guarantee: first.reduce(
      (guarantee, label) => withLabel(guarantee, certain(label), { rules, stage: 0 }),
      startGuarantee(started),
    ),
    number,
    began: at,
    stage: 0,
    after,
    weighedTo: lastCase,
    watchedTo: lastCase,
    errorWatch: startErrorWatch({ alpha: rules.alpha, delta: errorWatchDelta }),
    cases: 0,
    populationWatch: startExchangeabilityWatch(populationWatchDelta, isFresh ? calibration.confidences : []),
  }
}

/** What a label of a case says, and how the case came to be labelled. */
export interface WeighableLabel extends HeldOutLabel {
  readonly propensity: number
  readonly propensityLeast: number
}

/** Takes in a label; labels come in the order of their cases. */
export function weigh(
  calibrated: VersionEvidence,
  label: WeighableLabel,
  rules: GuaranteeRules,
): VersionEvidence {
  const { guarantee, stage } = calibrated
  return { ...calibrated, guarantee: withLabel(guarantee, label, { rules, stage }) }
}

/** Lets the watch see what became of an audited answer, of whatever role: it can only close. */
export function watch(calibrated: VersionEvidence, label: WeighableLabel): VersionEvidence {
  return { ...calibrated, errorWatch: watchAnswer(calibrated.errorWatch, label) }
}

/**
 * The promise is withdrawn: a new one starts from nothing, with the same thresholds, and waits for labels of the cases as they
 * are now. What was held out says nothing of these any more.
 */
export function restart(
  calibrated: VersionEvidence,
  rules: Pick<GuaranteeRules, 'alpha'>,
  {
    reason,
    at,
    number,
    lastCase,
  }: { reason: WithdrawalReason; at: string; number: number; lastCase: string | null },
): VersionEvidence {
  const { alpha, delta, thresholds } = calibrated.guarantee.evidence
  return {
    ...calibrated,
    heldOut: [],
    guarantee: startGuarantee({ alpha, delta, thresholds }),
    number,
    began: at,
    after: { reason, at },
    weighedTo: lastCase,
    watchedTo: lastCase,
    errorWatch: startErrorWatch({ alpha: rules.alpha, delta: errorWatchDelta }),
    populationWatch: startExchangeabilityWatch(populationWatchDelta),
  }
}

/** The promise for another stage of the policy, from the same labels: those held out, and those weighed so far. */
export function restage(
  calibrated: VersionEvidence,
  rules: GuaranteeRules,
  { stage, labels }: { stage: number; labels: readonly WeighableLabel[] },
): VersionEvidence {
  const { alpha, delta, thresholds } = calibrated.guarantee.evidence
  const guarantee = [...calibrated.heldOut.map(certain), ...labels].reduce(
    (one, label) => withLabel(one, label, { rules, stage }),
    startGuarantee({ alpha, delta, thresholds }),
  )
  return { ...calibrated, stage, guarantee }
}

/** The label of a held-out record is there in any case. */
function certain(label: HeldOutLabel): WeighableLabel {
  return { ...label, propensity: 1, propensityLeast: 1 }
}

/** Weighed by how often the policy's stage would answer such a case. */
function withLabel(
  guarantee: Guarantee,
  label: WeighableLabel,
  { rules, stage }: { rules: GuaranteeRules; stage: number },
): Guarantee {
  const labelled = { ...label, answered: answeredBy(rules, stage, label) }
  return stepGuarantee(guarantee, { kind: 'label', labelled })
}

/** What the gate of a version lets through now, as its operator is told. */
export function gateOf({ guarantee, calibration }: CalibratedVersion): AgentView['gate'] {
  const gate = gateOfGuarantee(guarantee)
  const { labels } = guarantee.evidence
  if (gate.kind === 'open') {
    const { confidences } = calibration
    const through = confidences.filter(confidence => confidence >= gate.threshold).length
    return { ...gate, labels, share: confidences.length === 0 ? 0 : through / confidences.length }
  }
  const labelsNeeded = guarantee.kind === 'gathering' ? guarantee.labelsNeeded : 0
  return { kind: 'closed', labels, labelsNeeded }
}
