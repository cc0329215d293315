import type { Id, RefusalCode } from '@consort/protocol'
import type { Logger } from 'pino'
import type { OneAtATime } from '../concurrency/one-at-a-time.ts'
import type { ReleaseContext } from '../ledgers/context.ts'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import type { PolicyFile } from '../policy/policy.ts'

/** What this room needs to tell the hub a card. */
export interface CardContext extends ReleaseContext {
  readonly guarded: GuardedRecords
  readonly policy: Pick<PolicyFile, 'read'>
  readonly log: Logger
  /** The outbox and the operator may tell cards at once: each is charged once, and the latest one is told last. */
  readonly tellInTurn: OneAtATime
  /** Why cards were refused last, since the node started. */
  readonly refused: Map<Id<'card'>, RefusalCode>
}
