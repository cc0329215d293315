export type {
  Advice,
  AskedCase,
  CaseFile,
  Decision,
  PlainAnswer,
  RivalSaying,
} from './case-file.ts'
export { closedCount, openCases } from './case-queue.ts'
export {
  type CaseState,
  cancelCase,
  type Judgement,
  operatorReviewer,
  type ReviewAnswer,
  type Reviewer,
  stepCase,
} from './case-state.ts'
export { askedView, caseView, checkHasJudged, isCorrected, reviewView, toldBy } from './case-view.ts'
export { type AdvisedCase, advisedCases, auditedAnswers, casesToWeigh, lastCase } from './cases-to-weigh.ts'
export { countDecided, type DecidedCounts } from './count-decided.ts'
export { type DecidedCase, decidedCases, type GuaranteePlace } from './decided-cases.ts'
export { type Asking, askedBefore, readAsked, readCase } from './find-asked.ts'
export { type JudgedDecision, judgedApart } from './judged-apart.ts'
export { addCase, keepAdvice, keepState } from './keep-case.ts'
export { type Feedback, feedbackOn, keepFeedback } from './keep-feedback.ts'
export { countLabelled, type LabelledCase, labelledBy } from './labelled.ts'
export { type CasePlace, type ListedCases, listAsked, placeOf } from './list-asked.ts'
export { type AnswerBatch, addPlainAnswers, batchOfAnswer, digestOfBatch } from './plain-answers.ts'
export { type ReviewReader, type ReviewTables, reviewSchema } from './tables.ts'
