export { poolMoments } from './pool-moments.ts'
export {
  type AggregationReport,
  type Combination,
  combineUpdates,
} from './robust/combine-updates.ts'
export type { RoundUpdates } from './robust/round-updates.ts'
export {
  deadlineOf,
  type FailReason,
  isEvaluated,
  isOver,
  isTimeToStep,
  type Participant,
  type RunEvent,
  type RunRules,
  type RunState,
  roundOf,
  stepRun,
} from './run-machine.ts'
export { runStateSchema } from './run-state-schema.ts'
export { type SecureRound, secureCohort, secureRoundContext } from './secure-round.ts'
export {
  alphaOf,
  type Candidate,
  type Cost,
  costSchema,
  costsOf,
  drawParticipants,
} from './select-participants.ts'
export { averageMetric, type RoundScore, type StopRule, stopDecision } from './stop-rule.ts'
export { type SurveyRound, surveyContext } from './survey-round.ts'
export { averagePiece, type PieceAverage, updateWeights } from './weighted-average.ts'
export {
  type Estimate,
  type Gains,
  type HeldOutResults,
  type Recommendation,
  recommendationTexts,
  whoGains,
} from './who-gains.ts'
