export { expectedCalibrationError } from './calibration/calibration-error.ts'
export { type CalibrationHalves, calibrationHalves } from './calibration/calibration-halves.ts'
export {
  applyCalibrator,
  type Calibrator,
  type CalibratorKind,
  topsOf,
} from './calibration/calibrator.ts'
export type { Isotonic } from './calibration/isotonic.ts'
export type { Logits } from './calibration/logits.ts'
export { applyTemperature, fitTemperature, type TemperatureFit } from './calibration/temperature.ts'
export type { VectorScaling, VectorScalingFit } from './calibration/vector-scaling.ts'
export { type ConformalFit, conformalSet } from './conformal/conformal-set.ts'
export type { ConformalMethod } from './conformal/label-scores.ts'
export { type ErrorWatch, errorWatchSchema } from './drift/error-watch.ts'
export {
  type ExchangeabilityWatch,
  exchangeabilityWatchSchema,
  watchCase,
} from './drift/exchangeability-watch.ts'
export { type CalibrationRules, calibrateVersion } from './evidence/calibrate-version.ts'
export { estimateRisk } from './evidence/estimated-risk.ts'
export {
  type GuaranteeRules,
  restage,
  restart,
  startVersionEvidence,
  watch,
  weigh,
} from './evidence/evidence-life.ts'
export { gateViewOf } from './evidence/gate-view.ts'
export { type HeldOutLabel, heldOutLabelSchema, type WeighableLabel } from './evidence/held-out-label.ts'
export { labelOf } from './evidence/label-of-case.ts'
export { leastDeferred, type PartnerGate, type PartnerRules, partnerGateOf } from './evidence/partner-gate.ts'
export type { StartOfEvidence } from './evidence/start-of-evidence.ts'
export {
  calibrationOf,
  type KeptCalibration,
  keptCalibration,
  keptCalibrationSchema,
  type VersionCalibration,
} from './evidence/version-calibration.ts'
export type { CalibratedVersion, VersionEvidence } from './evidence/version-evidence.ts'
export { type NearRow, nearestRows } from './explanation/nearest-rows.ts'
export { type Explanation, explain, type FeatureSlice, type ScoreBatch } from './explanation/occlusion.ts'
export type { AnswerGate } from './gate/answer-gate.ts'
export { answerPropensity } from './gate/answer-propensity.ts'
export {
  type AnytimeGate,
  anytimeGate,
  type GateEvidence,
  type LabelledCase,
  startEvidence,
  weighLabel,
} from './gate/anytime-gate.ts'
export { binomialAtMost } from './gate/binomial.ts'
export { boltzmann } from './gate/boltzmann.ts'
export { candidateThresholds } from './gate/candidate-thresholds.ts'
export {
  type Action,
  type ActionCosts,
  type ActionReason,
  type Choice,
  chooseAction,
} from './gate/choose-action.ts'
export {
  type ChoiceAmong,
  type Chosen,
  type ConsultOption,
  chooseAmong,
  mayPassOn,
} from './gate/choose-among.ts'
export { betaFor, type DecisionRules, stageAfter } from './gate/decision-rules.ts'
export type { ExplorationRule } from './gate/exploration.ts'
export { checkPromise, type GatePromise } from './gate/gate-promise.ts'
export {
  type Guarantee,
  type GuaranteeEvent,
  gateOfGuarantee,
  guaranteeSchema,
} from './gate/guarantee.ts'
export { errorFreeLabelsNeeded } from './gate/labels-needed.ts'
export {
  drawSpotCheck,
  type SpotCheck,
  type SpotCheckRule,
  spotCheckOfDeferred,
} from './gate/spot-check.ts'
export { type CaseRole, createCaseRoles, type RoleShares } from './roles/case-role.ts'
export {
  orderPartners,
  type PartnerCosts,
  type PartnerRecord,
} from './routing/choose-partner.ts'
export {
  type Circuit,
  type CircuitEvent,
  type CircuitRule,
  closedCircuit,
  stepCircuit,
  tryCircuit,
} from './routing/circuit-breaker.ts'
export type {
  LoggedAction,
  PolicyFor,
  PolicyValue,
} from './routing/logged-value.ts'
export { settledLog } from './routing/settled-log.ts'
export { costsUnder, differenceBetween, effectiveCasesMin, otherRules } from './routing/value-of-rules.ts'
