import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { ConsultationTables } from '../tables/consultation-tables.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import type { OutgoingRecords } from './outgoing-record.ts'
import type { OwnKeys } from './own-keys.ts'
import type { PartnerRecords } from './partner-records.ts'
import type { Questions } from './questions.ts'
import type { ConsultationTerms } from './terms.ts'

/** What partners are asked with. */
export interface AskingContext {
  readonly policy: Pick<PolicyFile, 'read'>
  readonly enrolment: Enrolment
  readonly call: Caller
  readonly log: Logger
  readonly terms: () => Promise<ConsultationTerms>
  readonly keys: OwnKeys
  readonly partners: PartnerRecords
  readonly questions: Questions
  readonly outgoing: OutgoingRecords
  /** Aborted when the node closes. */
  readonly closing: AbortSignal
}

/** What partners are answered with. */
export interface AnsweringContext {
  readonly database: Kysely<NodeTables & ConsultationTables>
  readonly policy: Pick<PolicyFile, 'read'>
  readonly enrolment: Enrolment
  readonly call: Caller
  readonly key: KeyPair
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
  readonly terms: () => Promise<ConsultationTerms>
  readonly keys: OwnKeys
}
