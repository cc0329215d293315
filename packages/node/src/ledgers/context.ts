import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { Policy } from '../policy/policy.ts'
import type { NodeAndReviewTables } from '../tables/node-tables.ts'
import type { GuardedRecords } from './guarded-records.ts'

/** What this room works with. */
export interface LedgerContext {
  readonly database: Kysely<NodeAndReviewTables>
  /** Which records have a budget, and in which ledgers they are. */
  readonly guarded: GuardedRecords
  readonly policy: { read(): Pick<Policy, 'privacy'> }
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
  readonly log: Logger
}

/** What budget is set aside with. */
export interface ReleaseContext
  extends Pick<LedgerContext, 'database' | 'call' | 'key' | 'enrolment' | 'now'> {
  readonly entropy: Entropy
}
