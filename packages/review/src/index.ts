export type { CaseFile, Decision, DecisionReason } from './case-file.ts'
export { closedCount, openCases } from './case-queue.ts'
export {
  type CaseState,
  type Judgement,
  operatorReviewer,
  type ReviewAnswer,
  type Reviewer,
  stepCase,
} from './case-state.ts'
export { caseView, reviewView } from './case-view.ts'
export { addCase, caseAskedBefore, keepState, readCase } from './keep-case.ts'
export { type LabelledCase, labelledBy } from './labelled.ts'
export { type ReviewReader, type ReviewTables, reviewSchema } from './tables.ts'
