import type { Entropy, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** What this room takes part in sums with. */
export interface SumParticipation {
  readonly database: Kysely<NodeTables>
  /** Chunks of what is masked. */
  readonly blobs: BlobStore
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}
