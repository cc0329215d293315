import type { Entropy, Id, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { HubWaitingRoom } from '../../topics.ts'

/** What the handlers of surveys work with. */
export interface SurveysContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: HubWaitingRoom
  readonly pursue: (survey: Id<'survey'>) => void
}
