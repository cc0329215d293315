import type { Entropy, Id, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'
import type { HubTopic } from '../topics.ts'
import type { ChunkMemory } from './chunk-memory.ts'
import type { Traffic } from './traffic.ts'

/** What runs work with. */
export interface RunContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: { readonly announce: (topic: HubTopic) => void }
  readonly traffic: Traffic
  /** For reading updates through: many may be handed in at once. */
  readonly chunkMemory: ChunkMemory
  /** Looks at a run again, soon: something about it has changed. */
  readonly pursue: (run: Id<'run'>) => void
}
