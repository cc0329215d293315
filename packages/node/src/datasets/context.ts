import type { Readings } from '@consort/data'
import type { Caller, KeyPair } from '@consort/protocol'
import type { FileSystem } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Enrolment } from '../enrolment.ts'
import type { NodeAndReviewTables } from '../tables/node-tables.ts'

/** What this room works with; `call`, `key`, `enrolment` and `now` serve to learn of the agreement in force. */
export interface DatasetContext {
  readonly database: Kysely<NodeAndReviewTables>
  /** The files of data sets, each read once for all who need it. */
  readonly readings: Readings
  /** Fixes which records validate, and what else is drawn by keyed hashes; stays at the node. */
  readonly splitKey: Uint8Array
  readonly files: FileSystem
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
}
