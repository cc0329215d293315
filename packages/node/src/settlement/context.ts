import type { Caller, KeyPair } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from '../enrolment.ts'
import type { NodeTables } from '../tables/node-tables.ts'

/** What this room checks and signs statements with. */
export interface SettlementContext {
  readonly database: Kysely<NodeTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly now: () => Date
  readonly log: Logger
}
