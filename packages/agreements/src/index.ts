export { checkAgreement, checkAmendment, missingAgreementSigners } from './agreement/check-agreement.ts'
export { checkTerms } from './agreement/check-terms.ts'
export { checkCoverage, checkUse } from './agreement/coverage.ts'
export { describeAgreement, describeChanges } from './agreement/describe-agreement.ts'
export { checkGoesOn } from './agreement/goes-on.ts'
export { checkSurvey, usualQuestions } from './agreement/survey-questions.ts'
export {
  type AuditEvent,
  type ChainHead,
  type EventEntry,
  emptyChain,
  nextEntry,
  parseEntry,
  verifyEntries,
} from './event-chain.ts'
export { exportLines, verifyExport } from './log-export.ts'
export { broughtBy, type Lineage } from './settlement/brought-by.ts'
export { type CheckedPage, checkEachOnce, checkPage, type NamedPage } from './settlement/check-page.ts'
export { checkStatement } from './settlement/check-statement.ts'
export {
  makePagedStatement,
  makeStatement,
  type PagedInputs,
  type StatementInputs,
} from './settlement/statement.ts'
export { statementText } from './settlement/statement-text.ts'
export { makePage, type PageName } from './settlement/usage-page.ts'
export {
  type ExportedStatement,
  type VerifiedStatement,
  verifyStatement,
} from './settlement/verify-statement.ts'
export { type Language, presentEdition } from './wording/language.ts'
