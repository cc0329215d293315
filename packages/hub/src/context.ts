import type { AuditEvent } from '@consort/agreements'
import type { Entropy, Id, KeyPair, MemberRole, PublicKey } from '@consort/protocol'
import { appendLogEntry, type BlobStore } from '@consort/storage'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { ChunkMemory } from './chunk-memory.ts'
import type { HubTables } from './tables.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** What the handlers and the coordinator work with; built once, in `hub.ts`. */
export interface HubContext {
  readonly consortium: string
  readonly key: KeyPair
  readonly operatorKey: PublicKey
  readonly database: Kysely<HubTables>
  readonly blobs: BlobStore
  readonly waiting: WaitingRoom
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
  /** Bytes and progress that need not survive a crash. */
  readonly traffic: Traffic
  /** For reading updates through: many may be handed in at once. */
  readonly chunkMemory: ChunkMemory
  /** How members reach this hub. */
  readonly publicUrl: () => string
  /** Looks at a run or a survey again, soon: something about it has changed. */
  readonly pursue: (run: string) => void
}

export interface Traffic {
  readonly up: Map<string, number>
  readonly down: Map<string, number>
  /** Share of a task that is done. */
  readonly progress: Map<string, number>
  /** What keeps the hub itself from going on with a run. */
  readonly trouble: Map<string, string>
}

export type HubTransaction = Transaction<HubTables>

export interface Anyone {
  readonly kind: 'anyone'
}

export interface KeyholderCaller {
  readonly kind: 'keyholder'
  readonly key: PublicKey
}

export interface OperatorCaller {
  readonly kind: 'operator'
}

export interface MemberCaller {
  readonly kind: 'member'
  readonly id: Id<'member'>
  readonly name: string
  readonly role: MemberRole
  readonly key: PublicKey
}

/** Who may call an endpoint, by its access. */
export interface HubCallers {
  readonly public: Anyone
  readonly keyholder: KeyholderCaller
  readonly member: MemberCaller
  readonly operator: OperatorCaller
  readonly reader: MemberCaller | OperatorCaller
}

/** Keeps what happened in the log, together with what the transaction does. */
export function appendEvent(
  context: HubContext,
  transaction: HubTransaction,
  event: AuditEvent,
): Promise<void> {
  return appendLogEntry(transaction, context.key.publicKey, event, context.now())
}
