export { expectedCalibrationError } from './calibration/calibration-error.ts'
export {
  applyTemperature,
  fitTemperature,
  type Logits,
  type TemperatureFit,
} from './calibration/temperature.ts'
export { type Explanation, explain, type FeatureSlice, type ScoreBatch } from './explanation/occlusion.ts'
export { boltzmann } from './gate/boltzmann.ts'
export { candidateThresholds } from './gate/candidate-thresholds.ts'
export {
  type Action,
  type ActionCosts,
  type ActionReason,
  type Choice,
  chooseAction,
} from './gate/choose-action.ts'
export { type CalibrationRecords, fitThreshold, type Gate, type GatePromise } from './gate/fit-threshold.ts'
export { errorFreeLabelsNeeded, riskBound } from './gate/risk-bound.ts'
export { type CaseRole, createCaseRoles, type RoleShares } from './roles/case-role.ts'
