import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { AnswerMaker } from './make-answer.ts'

/** What this room takes part in surveys with. */
export interface SurveyContext {
  readonly database: Kysely<NodeTables>
  readonly blobs: BlobStore
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly policy: Pick<PolicyFile, 'read'>
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
  /** Answers from this node's records. */
  readonly answer: AnswerMaker
}
