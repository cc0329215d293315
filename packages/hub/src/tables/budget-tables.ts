import type { Id, SignedPrivacyMark, SignedPrivacyStatement } from '@consort/protocol'
import type { Json } from '@consort/storage'

/** Read and written by `budgets/privacy-mark-store.ts` and `budgets/privacy-statement-store.ts` alone. */
export interface BudgetTables {
  /** How far each member's privacy ledger had come, with the hub's signature. */
  privacy_mark: { member: Id<'member'>; counter: number; signed: Json<SignedPrivacyMark> }
  /** What each member says that a run may have disclosed of its records. */
  privacy_statement: { run: Id<'run'>; member: Id<'member'>; signed: Json<SignedPrivacyStatement> }
}
