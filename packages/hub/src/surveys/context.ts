import type { Entropy, Id, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { HubTopic } from '../topics.ts'

/** What surveys work with. */
export interface SurveyContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: { readonly announce: (topic: HubTopic) => void }
  /** Looks at a survey again, soon: something about it has changed. */
  readonly pursue: (survey: Id<'survey'>) => void
}
