export { type Conversion, epsilonOf, type PrivacyStatement } from './accountant/epsilon.ts'
export {
  addLosses,
  type LossCurve,
  noLoss,
  parseLossCurve,
  rdpOrders,
  repeatLoss,
} from './accountant/loss-curve.ts'
export {
  type LossLedger,
  lossOf,
  openLedger,
  type PrivacyBudget,
  parseLedger,
  type Remaining,
  remainingBudget,
  reserveLoss,
  settleLoss,
} from './accountant/loss-ledger.ts'
export { lossOfTraining } from './accountant/loss-of-training.ts'
export { pureLoss } from './accountant/mechanisms.ts'
export { multiplierFor } from './accountant/noise-for-target.ts'
export { checkDeltaFor, defaultDelta } from './accountant/parameters.ts'
export { subsampledGaussianLoss } from './accountant/subsampled-gaussian.ts'
export { type ConsultationKeys, consultationKeys } from './consultation/consultation-keys.ts'
export type { MessageBinding } from './consultation/message-binding.ts'
export { openMessage, sealMessage } from './consultation/seal.ts'
export { stripMetadata } from './deidentification/pictures/strip-metadata.ts'
export type { StrippedPicture } from './deidentification/pictures/stripped-picture.ts'
export type { RecordField } from './deidentification/rules/check-rules.ts'
export {
  type CellValue,
  createDeidentifier,
  type Deidentifier,
  type DeidentifierOptions,
  type PlainRecord,
} from './deidentification/rules/deidentifier.ts'
export { recipientKey } from './deidentification/rules/keyed-hash.ts'
export {
  type DeidentificationRules,
  deidentificationRulesSchema,
  type FieldRule,
  parseDeidentificationRules,
} from './deidentification/rules/rules.ts'
export type { AnonymityReport } from './deidentification/table/anonymity-report.ts'
export {
  type AgreedAnonymity,
  assertAnonymous,
  type Crowd,
  createCrowd,
} from './deidentification/table/assert-anonymous.ts'
export { type DeidentifiedTable, deidentifyTable } from './deidentification/table/deidentify-table.ts'
export type { Diversity } from './deidentification/table/diversity.ts'
export { createIdentifierSearch, type Span } from './deidentification/text/find-identifiers.ts'
export type { IdentifierKind } from './deidentification/text/patterns.ts'
export { drawDiscreteLaplace } from './noise/discrete-laplace.ts'
export {
  type Aggregator,
  type CollectingInputs,
  type CollectingKeys,
  type CollectingOpenings,
  type CollectingShares,
  type CollectingSignatures,
  type Discarded,
  type Opened,
  parseAggregator,
} from './secure-aggregation/aggregator/aggregator.ts'
export { closeInputs, receiveInput } from './secure-aggregation/aggregator/collect-inputs.ts'
export {
  closeKeys,
  keyListOf,
  openAggregation,
  receiveAdvertisement,
} from './secure-aggregation/aggregator/collect-keys.ts'
export { closeOpenings, receiveOpening } from './secure-aggregation/aggregator/collect-openings.ts'
export { closeShares, deliveryTo, receiveShares } from './secure-aggregation/aggregator/collect-shares.ts'
export { closeSignatures, receiveSignature } from './secure-aggregation/aggregator/collect-signatures.ts'
export { createMaskedSum, type MaskedSum } from './secure-aggregation/aggregator/masked-sum.ts'
export { withKept } from './secure-aggregation/aggregator/with-kept.ts'
export {
  type Exposure,
  exposureSchema,
  exposuresOf,
  type OpenedSum,
} from './secure-aggregation/exposure/exposure.ts'
export { drawFixedGroups, wholeGroups } from './secure-aggregation/exposure/fixed-groups.ts'
export { advertiseKeys } from './secure-aggregation/participant/advertise-keys.ts'
export { findAttempt } from './secure-aggregation/participant/find-attempt.ts'
export { isAnswered } from './secure-aggregation/participant/is-answered.ts'
export { maskInput } from './secure-aggregation/participant/mask-input.ts'
export {
  type Advertised,
  type Consistent,
  type Masked,
  type Participant,
  parseParticipant,
  type Shared,
  type Unmasked,
} from './secure-aggregation/participant/participant.ts'
export { shareKeys } from './secure-aggregation/participant/share-keys.ts'
export { signSurvivors } from './secure-aggregation/participant/sign-survivors.ts'
export { unmask } from './secure-aggregation/participant/unmask.ts'
export { integerClip, updateOfIntegers } from './secure-aggregation/ring/integers.ts'
export type { MaskedValues } from './secure-aggregation/ring/mask-values.ts'
export { packedBytes, ringBits } from './secure-aggregation/ring/ring.ts'
export {
  checkContext,
  digestOfContext,
  type RoundContext,
  type RoundMember,
} from './secure-aggregation/round-context.ts'
export {
  honestMin,
  membersMin,
  thresholdOf,
} from './secure-aggregation/threshold.ts'
export type { ColumnCell } from './statistics/answer.ts'
export type {
  DiscreteNoise,
  ReleasedCategories,
  ReleasedCount,
} from './statistics/categories.ts'
export type { DigitLayout } from './statistics/digits.ts'
export type {
  Quantile,
  SummedHistogram,
} from './statistics/histogram.ts'
export type { SummedMoments } from './statistics/moments.ts'
export type { SumLimits } from './statistics/question.ts'
export {
  answerSurvey,
  decodeSurvey,
  type SurveyRules,
  surveyLength,
} from './statistics/survey-answer.ts'
export type { CategoryPrivacy } from './statistics/threshold.ts'
