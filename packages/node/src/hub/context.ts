import type { Caller, KeyPair } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Enrolment } from '../enrolment.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** What this room works with. */
export interface HubContext {
  readonly database: Kysely<NodeTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
}
