import type { Entropy } from '@consort/protocol'
import type { KeyRing } from '@consort/serving'
import type { LogOwner } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'

/** What reports and keys work with. */
export interface ReportContext extends LogOwner {
  readonly database: Kysely<AllTables>
  readonly entropy: Entropy
  /** The secrets of webhooks are derived from it; stays at the node. */
  readonly splitKey: Uint8Array
  readonly keys: Pick<KeyRing, 'forget'>
}
