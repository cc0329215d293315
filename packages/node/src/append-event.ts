import type { AuditEvent } from '@consort/agreements'
import type { KeyPair } from '@consort/protocol'
import { appendLogEntry, type EventTables } from '@consort/storage'
import type { Transaction } from 'kysely'

/** Whose audit log it is, and what time it is there. */
export interface LogOwner {
  readonly key: Pick<KeyPair, 'publicKey'>
  readonly now: () => Date
}

/** Adds an event to the node's audit log, in the transaction that makes what it tells of. */
export function appendEvent(
  { key, now }: LogOwner,
  transaction: Transaction<EventTables>,
  event: AuditEvent,
): Promise<void> {
  return appendLogEntry(transaction, key.publicKey, event, now())
}
