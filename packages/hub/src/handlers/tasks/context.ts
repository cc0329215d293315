import type { Entropy, Id, KeyPair } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { ChunkMemory } from '../../runs/chunk-memory.ts'
import type { UpdateSpace } from '../../runs/tasks/update-space.ts'
import type { Traffic } from '../../runs/traffic.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { HubWaitingRoom } from '../../topics.ts'

/** What the handlers of tasks work with. */
export interface TaskContext {
  readonly key: KeyPair
  readonly database: HubDatabase
  readonly blobs: BlobStore
  readonly entropy: Entropy
  readonly now: () => Date
  readonly waiting: HubWaitingRoom
  readonly traffic: Traffic
  readonly chunkMemory: ChunkMemory
  readonly updates: UpdateSpace
  readonly pursue: (run: Id<'run'>) => void
}
