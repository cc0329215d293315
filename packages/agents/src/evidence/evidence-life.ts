import type { AgentView, Id, WithdrawalReason } from '@consort/protocol'
import { startErrorWatch, watchAnswer } from '../drift/error-watch.ts'
import { startExchangeabilityWatch } from '../drift/exchangeability-watch.ts'
import { answeredBy, type DecisionRules } from '../gate/decision-rules.ts'
import { type Guarantee, startGuarantee, stepGuarantee } from '../gate/guarantee.ts'
import type { HeldOutLabel, WeighableLabel } from './held-out-label.ts'
import type { StartOfEvidence } from './start-of-evidence.ts'
import type { CalibratedVersion, VersionEvidence } from './version-evidence.ts'

/** Labels are weighed for the policy that an agent runs. */
export type GuaranteeRules = Pick<AgentView, 'alpha'> & DecisionRules

/** How often each watch may fire while nothing has changed, in the whole life of a guarantee. */
const errorWatchDelta = 0.05
const populationWatchDelta = 0.001

/**
 * Starts the evidence of a version that comes to be served, on `at`, after the case `lastCase`. Its promise has the
 * held-out records for its first labels, unless cases were found to be no longer like these.
 */
export function startVersionEvidence(
  { calibration, thresholds, heldOut }: StartOfEvidence,
  rules: GuaranteeRules,
  birth: Pick<CalibratedVersion, 'agent' | 'version' | 'number' | 'after'> & {
    at: string
    lastCase: Id<'case'> | null
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

/** Takes in a label; labels come in the order of their cases. */
export function weigh(
  calibrated: VersionEvidence,
  label: WeighableLabel,
  rules: GuaranteeRules,
): VersionEvidence {
  const { guarantee, stage } = calibrated
  return { ...calibrated, guarantee: withLabel(guarantee, label, { rules, stage }) }
}

/** Lets the watch see what became of a spot-checked answer, of whatever role: it can only close. */
export function watch(calibrated: VersionEvidence, label: WeighableLabel): VersionEvidence {
  return { ...calibrated, errorWatch: watchAnswer(calibrated.errorWatch, label) }
}

/**
 * Withdraws the promise: a new one starts from nothing, with the same thresholds, and waits for labels of the cases as
 * they are now. What was held out says nothing of these any more.
 */
export function restart(
  calibrated: VersionEvidence,
  rules: Pick<GuaranteeRules, 'alpha'>,
  {
    reason,
    at,
    number,
    lastCase,
  }: { reason: WithdrawalReason; at: string; number: number; lastCase: Id<'case'> | null },
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

/**
 * Makes the promise for another stage of the policy, from the same labels: those held out, and those weighed so far.
 */
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
