import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { BlobStore, DataDirectory, FileSystem } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from './enrolment.ts'
import type { PolicyFile } from './policy/policy.ts'
import type { NodeTables } from './tables/node-tables.ts'

export { appendEvent } from './append-event.ts'

/** What the node's parts work with; built once, in `node.ts`. */
export interface NodeContext {
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly directory: DataDirectory
  readonly files: FileSystem
  readonly database: Kysely<NodeTables>
  /** Chunks of weights that were fetched and of updates that are on their way. */
  readonly blobs: BlobStore
  readonly call: Caller
  readonly policy: PolicyFile
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
  /** Fixes which records validate; stays at the node. */
  readonly splitKey: Uint8Array
}
