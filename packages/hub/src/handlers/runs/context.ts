import type { Entropy, Id, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { Traffic } from '../../runs/traffic.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { HubWaitingRoom } from '../../topics.ts'

/** What the handlers of runs work with. */
export interface RunsContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: HubWaitingRoom
  readonly traffic: Traffic
  readonly pursue: (run: Id<'run'>) => void
}
