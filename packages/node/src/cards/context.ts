import type { Caller, Id, KeyPair, RefusalCode } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { OneAtATime } from '../concurrency/one-at-a-time.ts'
import type { Enrolment } from '../enrolment.ts'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { NodeAndReviewTables } from '../tables/node-tables.ts'

/** What this room needs to tell the hub a card. */
export interface CardContext {
  readonly database: Kysely<NodeAndReviewTables>
  readonly guarded: GuardedRecords
  readonly policy: Pick<PolicyFile, 'read'>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
  readonly log: Logger
  /** The outbox and the operator may tell cards at once: each is charged once, and the latest one is told last. */
  readonly tellInTurn: OneAtATime
  /** Why cards were refused last, since the node started. */
  readonly refused: Map<Id<'card'>, RefusalCode>
}
