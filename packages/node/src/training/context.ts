import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { GuardedRecords } from '../ledgers/guarded-records.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** What this room does tasks with. */
export interface TrainingContext {
  readonly database: Kysely<NodeTables>
  /** Chunks of weights that were fetched and of updates that are on their way. */
  readonly blobs: BlobStore
  readonly guarded: GuardedRecords
  readonly policy: PolicyFile
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}
