import type { AgentView } from '@consort/protocol'
import { type ErrorWatch, startErrorWatch, watchAnswer } from '../drift/error-watch.ts'
import type { AnswerGate } from '../gate/answer-gate.ts'
import { anytimeGate, type GateEvidence, startEvidence, weighLabel } from '../gate/anytime-gate.ts'
import { candidateThresholds } from '../gate/candidate-thresholds.ts'
import { answeredBy, type DecisionRules } from '../gate/decision-rules.ts'
import { deltaOfLook } from '../gate/declared-looks.ts'
import { gateOfGuarantee } from '../gate/guarantee.ts'
import { errorFreeLabelsNeeded } from '../gate/labels-needed.ts'
import type { CaseRole } from '../roles/case-role.ts'
import { type LabelledDecision, labelOf } from './label-of-case.ts'
import type { CalibratedVersion } from './version-evidence.ts'

/** What labels say of the answers of one partner's agent, on cases that this agent does not answer alone. */
export interface PartnerGate {
  readonly gate: AnswerGate
  readonly labels: number
  /** Of the labelled ones, how many the gate lets through; 0 while it is closed. */
  readonly passes: number
}

/** A case that an agent decided about and a partner's agent was asked about. */
export interface AdvisedDecision extends LabelledDecision {
  readonly id: string
  readonly role: CaseRole
  readonly decision: LabelledDecision['decision'] & {
    readonly threshold: number | null
    readonly propensities: { readonly defer: number }
  }
  readonly advice: {
    readonly class: string
    readonly confidence: number
    readonly at: string
    readonly wasWaiting: boolean
    readonly isTold: boolean
  }
}

/** The agent's own rules, by which a partner's answers are judged as well. */
export type PartnerRules = Pick<AgentView, 'alpha' | 'delta' | 'labelDays'> & DecisionRules

const errorWatchDelta = 0.05
/** So many answers about cases of the other roles, the first of all, give the thresholds: without a label. */
const confidencesForThresholds = 20

/**
 * Of what exploring defers now and then, partners are asked about what is deferred at least so often: a case that is
 * hardly ever deferred would have to count for all those that are not.
 */
export function leastDeferred({ beta }: Pick<AgentView, 'beta'>): number {
  return beta === null ? 1 : 0.1
}

/**
 * Works out the gate of one partner's answers, for the same α and δ as the agent's own. It rests on the labelled cases
 * of the role calibrate that the partner was asked about under the agent's current guarantee, in the order of the
 * cases: all of these go to people, whether their caller was told or not. A case counts for as much as the agent would
 * defer it now, less the more often it did so then: when the own gate moves, or β, the labels are weighed anew for the
 * policy as it is.
 */
export function partnerGateOf(
  cases: readonly AdvisedDecision[],
  { calibrated, rules, now }: { calibrated: CalibratedVersion; rules: PartnerRules; now: Date },
): PartnerGate {
  const { guarantee, stage, weighedTo } = calibrated
  const { alpha, delta } = rules
  const thresholds = thresholdsFor(cases, rules)
  if (thresholds === null) return { gate: { kind: 'closed' }, labels: 0, passes: 0 }
  const own = gateOfGuarantee(guarantee)
  let evidence = startEvidence({ alpha, delta: deltaOfLook(delta, populationOf(calibrated)), thresholds })
  let watch = startErrorWatch({ alpha, delta: errorWatchDelta })
  const confidences: number[] = []
  for (const file of cases) {
    if (file.role !== 'calibrate' || !file.advice.wasWaiting) continue
    if (weighedTo === null || file.id > weighedTo) continue
    const { decision } = file
    const propensityLeast = decision.threshold === null ? 1 : leastDeferred(rules)
    const isThrough = own.kind === 'open' && decision.confidence >= own.threshold
    const deferred = isThrough ? 1 - answeredBy(rules, stage, decision) : 1
    if (deferred < propensityLeast) continue
    const label = labelOf(file, { days: rules.labelDays, now })
    if (label === 'awaited') continue
    const { class: said, confidence, isTold } = file.advice
    const isWrong = file.state.kind !== 'closed' || file.state.final.class !== said
    const drawn = { isWrong, propensity: decision.propensities.defer, propensityLeast }
    evidence = weighLabel(evidence, { confidence, ...drawn, answered: deferred })
    if (isTold) watch = watchAnswer(watch, { isWrong, propensity: 1, propensityLeast: 1 })
    confidences.push(confidence)
  }
  return gateOf({ evidence, watch, confidences })
}

function thresholdsFor(
  cases: readonly AdvisedDecision[],
  promise: { readonly alpha: number; readonly delta: number },
): number[] | null {
  const first = cases
    .filter(({ role }) => role !== 'calibrate')
    .sort((a, b) => (a.advice.at < b.advice.at ? -1 : 1))
    .slice(0, confidencesForThresholds)
  if (first.length < confidencesForThresholds) return null
  const confidences = first.map(({ advice }) => advice.confidence)
  const least = errorFreeLabelsNeeded({ wrong: 0, answered: 0 }, promise)
  return candidateThresholds(confidences, {
    ...promise,
    records: 12 * least,
    count: confidencesForThresholds,
  })
}

/**
 * Counts the populations that the agent may come to defer, each of which a promise is about, in an order that is fixed
 * beforehand: for each stage of the policy everything, then what is below each threshold. Their shares of δ add up to
 * δ.
 */
function populationOf({ guarantee, stage }: CalibratedVersion): number {
  const { thresholds } = guarantee.evidence
  const own = gateOfGuarantee(guarantee)
  const place = own.kind === 'open' ? 1 + thresholds.indexOf(own.threshold) : 0
  return 1 + stage * (thresholds.length + 1) + place
}

interface Weighed {
  readonly evidence: GateEvidence
  readonly watch: ErrorWatch
  readonly confidences: readonly number[]
}

/** Closed for the rest of the agent's guarantee once what was told has gone wrong too often. */
function gateOf({ evidence, watch, confidences }: Weighed): PartnerGate {
  const { labels } = evidence
  const gate = anytimeGate(evidence)
  if (gate.kind === 'closed' || watch.hasFired) return { gate: { kind: 'closed' }, labels, passes: 0 }
  const { threshold } = gate
  const through = confidences.filter(confidence => confidence >= threshold).length
  return { gate: { kind: 'open', threshold }, labels, passes: through / confidences.length }
}
