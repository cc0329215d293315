export {
  canonicalJson,
  createId,
  createOrderedIds,
  createRandom,
  type Digest,
  digestSchema,
  type Entropy,
  type Id,
  idSchema,
  isRefusal,
  nameSchema,
  nearNames,
  orderedIdAt,
  type Problem,
  problemOf,
  problemSchema,
  type Random,
  Refusal,
  type RefusalCode,
  refusalOf,
  refusalStatus,
  refusalTitles,
  type Text,
  textSchema,
  uniformFrom,
} from '@consort/basics'
export type { Pixels } from '@consort/records'
export {
  type CaseRecord,
  type Contents,
  caseRecordSchema,
  columnsOf,
  featuresOf,
  featureWidth,
  type ImageInput,
  type InputKindName,
  type InputSpec,
  type Inputs,
  inputKindNames,
  inputShapeOf,
  keptRecordSchema,
  pixelsOf,
  type Records,
  type TableFeature,
  type TableInput,
  type TextInput,
  tokensMaxOf,
} from '@consort/records'
export {
  type AgentReport,
  type AgentView,
  agentViewSchema,
  type ChallengerView,
  challengerSchema,
  type GateView,
  gateSchema,
  guaranteeViewSchema,
  listAgents,
  putAgent,
  putChallenger,
  type WithdrawalReason,
  withdrawalReasonSchema,
  withdrawChallenger,
  withdrawGuarantee,
} from './api/agent.ts'
export { type AgentValue, valueAgent } from './api/agent-value.ts'
export type { BudgetsView, BudgetView } from './api/budget.ts'
export {
  answerReview,
  askAgent,
  type CaseOrigin,
  type CaseView,
  cancelCase,
  caseViewSchema,
  type DecisionReason,
  decisionReasonSchema,
  getCase,
  getReview,
  giveFeedback,
  type Importance,
  importanceSchema,
  type LabelledNeighbour,
  listCases,
  listNearest,
  listReviews,
  nearestCountMax,
  type ReviewView,
  reviewViewSchema,
} from './api/case.ts'
export { type Comparison, comparisonSchema } from './api/comparison.ts'
export { questionsPerCall } from './api/consultation.ts'
export { hubEndpoints, nodeEndpoints } from './api/endpoints.ts'
export type { AnonymityView, ExportView } from './api/export.ts'
export type { MemberView } from './api/hub.ts'
export {
  createAccessKey,
  getOwnKey,
  type KeyAccount,
  type KeyHolder,
  type KeyLimits,
  type KeyView,
  keyLimitsSchema,
  listAccessKeys,
  revokeAccessKey,
} from './api/key.ts'
export { type ModelCard, modelCardSchema } from './api/model.ts'
export type { ConformanceView, DatasetView } from './api/node.ts'
export { type RoundView, type RunPhase, type RunSummary, type RunView, roundViewSchema } from './api/run.ts'
export type { Cohort } from './api/secure-aggregation.ts'
export {
  type StatementView,
  statementViewSchema,
  usagePageBytesMax,
  usagePerCall,
} from './api/settlement.ts'
export { type SurveyView, surveyViewSchema } from './api/survey.ts'
export { type Metrics, metricsSchema, type TaskFailure, taskFailureSchema } from './api/task.ts'
export { digestOfBytes, digestOfJson } from './digest-of.ts'
export {
  type Agreement,
  type AgreementTerms,
  type AgreementView,
  agreementSchema,
  agreementTermsSchema,
  agreementViewSchema,
  type BenefitRule,
  type SignedAgreement,
  signedAgreementSchema,
} from './documents/agreement.ts'
export {
  type ConsultationAnswer,
  type ConsultationDecline,
  type ConsultationKey,
  type ConsultationQuestion,
  consultationAnswerSchema,
  consultationKeySchema,
  consultationQuestionSchema,
  consultationSizes,
  type SignedConsultationKey,
  signedConsultationKeySchema,
} from './documents/consultation.ts'
export {
  type DataCard,
  dataCardSchema,
  type SignedDataCard,
  signedDataCardSchema,
} from './documents/data-card.ts'
export {
  type CategoryField,
  type Field,
  type NumberField,
  type TableSchema,
  tableSchemaSchema,
} from './documents/field-schema.ts'
export {
  type FieldMoments,
  type FieldScale,
  type FieldStatistics,
  type SignedFieldStatistics,
  signedFieldStatisticsSchema,
  statisticsCountMin,
} from './documents/field-statistics.ts'
export {
  type PrivacyMark,
  privacyMarkSchema,
  type SignedPrivacyMark,
  signedPrivacyMarkSchema,
} from './documents/privacy-mark.ts'
export {
  type Exemptions,
  exemptionsSchema,
  type PrivacyStatement,
  type SignedPrivacyStatement,
  signedPrivacyStatementSchema,
} from './documents/privacy-statement.ts'
export { type Question, type QuestionOf, questionSchema } from './documents/question.ts'
export {
  checkRoster,
  type MemberRole,
  memberRoleSchema,
  missingSigners,
  type Roster,
  type RosterMember,
  type RosterView,
  rosterSchema,
  type SignedRoster,
  signedRosterSchema,
} from './documents/roster.ts'
export {
  type Advertisement,
  advertisementSchema,
  aggregationMembersMax,
  type DealtShares,
  dealtSharesSchema,
  type HubMessage,
  type KeyList,
  keyListSchema,
  type MaskedInput,
  type MemberMessage,
  maskedInputSchema,
  memberMessageSchema,
  type OpenedShares,
  openedSharesSchema,
  type ShareDelivery,
  type SurvivorList,
  type SurvivorProof,
  type SurvivorSignature,
  shareDeliverySchema,
  survivorListSchema,
  survivorProofSchema,
  survivorSignatureSchema,
} from './documents/secure-aggregation.ts'
export {
  monthSchema,
  type PagedStatement,
  type SignedStatement,
  type Statement,
  signedStatementSchema,
  statementSchema,
  usagePagesMax,
  type WholeStatement,
} from './documents/statement.ts'
export {
  type SignedSurvey,
  type Survey,
  type SurveyAnswer,
  type SurveyRequest,
  signedSurveySchema,
  surveyAnswerSchema,
  surveyPartnersMin,
  surveySchema,
} from './documents/survey.ts'
export { type SignedTask, signedTaskSchema, type Task } from './documents/task.ts'
export { type SignedUsage, signedUsageSchema, type Usage, usageSchema } from './documents/usage.ts'
export {
  type FilledUsagePage,
  filledUsagePageSchema,
  type UsagePage,
  usageBytesMax,
  usagePageSchema,
  usagePerPage,
} from './documents/usage-page.ts'
export { type Caller, type CallOptions, createCaller, type Fetch, withOptions } from './http/caller.ts'
export {
  type Access,
  type Answer,
  type Endpoint,
  endpoint,
  type Input,
  isOctetBody,
  isOctetResult,
  type OctetSource,
  type OctetStream,
  octetBody,
  octetResult,
  type Parsed,
  type Result,
} from './http/endpoint.ts'
export { type ListPlace, pageOf, parsePlace } from './http/list-place.ts'
export { createNonceCode, type NonceCode, nonceRefusal } from './http/nonce-code.ts'
export { createNonces, type Nonces } from './http/nonces.ts'
export { waitSecondsMax } from './http/paging.ts'
export { parsePart } from './http/parse-part.ts'
export { isSigned, type RequestProof, signRequest, verifyRequest } from './http/request-signature.ts'
export { olderSide, ownSupport, type WireSupport } from './http/wire.ts'
export { formatInvite, type Invite, parseInvite } from './invite.ts'
export {
  createKeyPair,
  fingerprintOf,
  type KeyPair,
  type PublicKey,
  parseKeyPair,
  publicKeySchema,
  verifySignature,
} from './keys.ts'
export { isNewerVersion } from './newer-version.ts'
export { octetsSchema } from './octets.ts'
export type { AdapterSpec } from './recipe/adapter/adapter.ts'
export {
  type BaseActivation,
  type BaseConfig,
  type BaseConfigOf,
  type BaseFamily,
  baseConfigSchema,
  type RopeSpec,
} from './recipe/adapter/base-config.ts'
export { type AggregationSpec, updatesNeeded } from './recipe/aggregation.ts'
export {
  type Activation,
  type CnnLayer,
  innerPictureLayerSchema,
  innerTableLayerSchema,
  type ModelSpec,
  modelKinds,
} from './recipe/layers.ts'
export type { LossKind } from './recipe/loss.ts'
export type { JudgedRecords, Scored } from './recipe/metrics/metric.ts'
export { type MetricName, metrics } from './recipe/metrics/metrics.ts'
export { parseRecipe, pathOf } from './recipe/parse-recipe.ts'
export { type PresetName, presetNames, presetRecipe } from './recipe/presets.ts'
export type { DifferentialPrivacySpec, PrivacySpec } from './recipe/privacy.ts'
export { lossOf, outputsOf, type Recipe, type RecipeInput, recipeSchema } from './recipe/recipe.ts'
export { localTermsOf, type StrategySpec } from './recipe/strategies/strategies.ts'
export type { LocalTerms } from './recipe/strategies/strategy.ts'
export type { TaskSpec } from './recipe/task-spec.ts'
export type {
  FederationSpec,
  OptimiserSpec,
  ScheduleSpec,
} from './recipe/training.ts'
export {
  type Document,
  type DocumentSignature,
  digestOfDocument,
  documentSignatureHolds,
  documentSignatureHoldsInPool,
  type Signed,
  signDocument,
  signersOf,
} from './signed-document.ts'
export {
  type Chunk,
  checkChunk,
  chunkBytes,
  digestOfManifest,
  type Manifest,
  manifestOf,
  manifestSchema,
  sliceChunks,
} from './tensors/manifest.ts'
export {
  decodeTensors,
  encodeTensors,
  layoutOf,
  type NamedTensor,
  parseTensors,
  sizeOfShape,
  type TensorLayout,
  type TensorSpec,
} from './tensors/safetensors.ts'
