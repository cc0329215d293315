import type { AuditEvent } from '@consort/agreements'
import type { KeyPair } from '@consort/protocol'
import { appendLogEntry } from '@consort/storage'
import type { HubTransaction } from '../tables/hub-tables.ts'

/** Whose log it is, and the clock that dates its entries. */
export interface LogOwner {
  readonly key: KeyPair
  readonly now: () => Date
}

/** Appends what happened to the log, in the transaction that does it. */
export function appendEvent(
  { key, now }: LogOwner,
  transaction: HubTransaction,
  event: AuditEvent,
): Promise<void> {
  return appendLogEntry(transaction, key.publicKey, event, now())
}
