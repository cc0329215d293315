import { type AuditEvent, type ChainHead, emptyChain, nextEntry } from '@consort/agreements'
import type { Digest } from '@consort/protocol'
import type { Kysely, Transaction } from 'kysely'
import type { SchemaOwner } from './schema-owner.ts'

export interface EventTables {
  event: { seq: number; text: string; digest: Digest }
  /** What was archived of it; read and written by `log/segment-store.ts` alone. */
  event_segment: {
    number: number
    first_seq: number
    last_seq: number
    previous: Digest
    digest: Digest
    file: Digest
    bytes: number
    began: string
    ended: string
  }
}

export const eventSchema: SchemaOwner = {
  owner: 'event-log',
  migrations: [
    {
      name: 'event',
      up: database =>
        database.schema
          .createTable('event')
          .addColumn('seq', 'integer', column => column.primaryKey())
          .addColumn('text', 'text', column => column.notNull())
          .addColumn('digest', 'text', column => column.notNull())
          .execute(),
    },
    {
      name: 'segments',
      async up({ schema }) {
        await schema
          .createTable('event_segment')
          .addColumn('number', 'integer', column => column.primaryKey())
          .addColumn('first_seq', 'integer', column => column.notNull())
          .addColumn('last_seq', 'integer', column => column.notNull().unique())
          .addColumn('previous', 'text', column => column.notNull())
          .addColumn('digest', 'text', column => column.notNull())
          .addColumn('file', 'text', column => column.notNull())
          .addColumn('bytes', 'integer', column => column.notNull())
          .addColumn('began', 'text', column => column.notNull())
          .addColumn('ended', 'text', column => column.notNull())
          .execute()
      },
    },
  ],
}

/** Whose audit log it is, and the clock that dates its entries. */
export interface LogOwner {
  /** The key of the process. */
  readonly key: { readonly publicKey: string }
  readonly now: () => Date
}

/**
 * Adds an event to the audit log in the caller's transaction, so that what happened and its entry are kept together or
 * not at all.
 */
export async function appendEvent(
  { key, now }: LogOwner,
  transaction: Transaction<EventTables>,
  event: AuditEvent,
): Promise<void> {
  const head = await chainHead(transaction, key.publicKey)
  const next = nextEntry(head, event, now().toISOString())
  await transaction
    .insertInto('event')
    .values({ seq: next.head.seq, text: next.text, digest: next.head.digest })
    .execute()
}

export async function chainHead(database: Kysely<EventTables>, owner: string): Promise<ChainHead> {
  const last = await database
    .selectFrom('event')
    .select(['seq', 'digest'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ? { seq: last.seq, digest: last.digest } : emptyChain(owner)
}

/** Up to `limit` entries after `seq`, as they were hashed. */
export async function entriesAfter(
  database: Kysely<EventTables>,
  seq: number,
  limit: number,
): Promise<string[]> {
  const rows = await database
    .selectFrom('event')
    .select('text')
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(row => row.text)
}
