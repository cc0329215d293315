import type { AuditEvent } from '@consort/agreements'
import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import { appendLogEntry, type BlobStore, type DataDirectory, type FileSystem } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Enrolment } from './enrolment.ts'
import type { PolicyFile } from './policy/policy.ts'
import type { NodeTables } from './tables/node-tables.ts'

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

/** What writing into the event log needs. */
export type EventContext = Pick<NodeContext, 'key' | 'now'>

/** Appends an event to this node's log, in the transaction that makes it happen. */
export function appendEvent(
  context: EventContext,
  transaction: Transaction<NodeTables>,
  event: AuditEvent,
): Promise<void> {
  return appendLogEntry(transaction, context.key.publicKey, event, context.now())
}
