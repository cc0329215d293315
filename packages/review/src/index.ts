export {
  type AddPlainAnswers,
  type AnswerBatch,
  batchOfAnswer,
  createAddPlainAnswers,
  digestOfBatch,
} from './answers/answer-store.ts'
export { sweepAnswers } from './answers/sweep-answers.ts'
export { countDecided, type DecidedCounts } from './asked/count-decided.ts'
export { type DecidedCase, decidedCases } from './asked/decided-cases.ts'
export { type Asking, askedBefore, readAsked, readCase } from './asked/find-asked.ts'
export { lastAsked, laterOf } from './asked/last-asked.ts'
export { listAsked, placeOf } from './asked/list-asked.ts'
export type {
  Advice,
  AskedCase,
  CaseFile,
  Decision,
  Feedback,
  PlainAnswer,
  RivalSaying,
} from './case-file.ts'
export {
  type CaseState,
  cancelCase,
  type Holder,
  type Judgement,
  operatorReviewer,
  type ReviewAnswer,
  type Reviewer,
  stepCase,
} from './case-state.ts'
export { askedView, caseView, checkHasJudged, isCorrected, reviewView, toldBy } from './case-view.ts'
export {
  type AdvisedCase,
  advisedCases,
  auditedAnswers,
  casesToWeigh,
  lastCase,
} from './cases/case-evidence.ts'
export { closedCount, openCases, waitingCounts } from './cases/case-queue.ts'
export { addCase, keepAdvice, keepState } from './cases/case-store.ts'
export {
  countLabelled,
  type JudgedDecision,
  judgedApart,
  type LabelledCase,
  labelledBy,
} from './cases/labelled-cases.ts'
export { type DecidedBy, sweepCases } from './cases/sweep-cases.ts'
export { feedbackOn, keepFeedback } from './feedback/feedback-store.ts'
export type { GuaranteePlace } from './guarantee-place.ts'
export type { ListedCases } from './listed-cases.ts'
export { reviewSchema } from './migrations.ts'
export type { ReviewReader, ReviewTables } from './tables.ts'
