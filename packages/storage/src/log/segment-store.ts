import type { ChainHead } from '@consort/agreements'
import type { Digest } from '@consort/protocol'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { EventTables } from '../database/event-log.ts'

type Reader = Kysely<EventTables> | Transaction<EventTables>

/** A stretch of the log that was archived: where it lies in the chain, and the file that holds its entries. */
export interface LogSegment {
  /** From 1. */
  readonly number: number
  /** Of its first and last entry. */
  readonly first: number
  readonly last: number
  /** The digest of the entry before its first one, and of its last one. */
  readonly previous: Digest
  readonly digest: Digest
  /** Of the file: entries as lines of JSON, compressed with gzip. */
  readonly file: Digest
  readonly bytes: number
  /** When its first and last entry were written. */
  readonly began: string
  readonly ended: string
}

/** Where the chain stands after a segment. */
export function headAfter({ last, digest }: LogSegment): ChainHead {
  return { seq: last, digest }
}

/** Keeps a segment, whose file is on disk. */
export async function insertSegment(
  transaction: Transaction<EventTables>,
  segment: LogSegment,
): Promise<void> {
  const { first, last, ...columns } = segment
  await transaction
    .insertInto('event_segment')
    .values({ ...columns, first_seq: first, last_seq: last })
    .execute()
}

/** The last one; undefined before there is any. */
export async function lastSegment(database: Reader): Promise<LogSegment | undefined> {
  const row = await database
    .selectFrom('event_segment')
    .selectAll()
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && segmentOf(row)
}

/** The one that holds an entry; undefined for none. */
export async function segmentWith(database: Reader, seq: number): Promise<LogSegment | undefined> {
  const row = await database
    .selectFrom('event_segment')
    .selectAll()
    .where('last_seq', '>=', seq)
    .orderBy('last_seq')
    .limit(1)
    .executeTakeFirst()
  return row && row.first_seq <= seq ? segmentOf(row) : undefined
}

/** Those that end after a moment, in their order. */
export async function segmentsSince(database: Reader, moment: string): Promise<LogSegment[]> {
  const rows = await database
    .selectFrom('event_segment')
    .selectAll()
    .where('ended', '>=', moment)
    .orderBy('number')
    .execute()
  return rows.map(segmentOf)
}

/** False for a database that was last opened by a version from before there were segments. */
export async function hasSegments(database: Reader): Promise<boolean> {
  const tables = await database.introspection.getTables()
  return tables.some(({ name }) => name === 'event_segment')
}

function segmentOf(row: Selectable<EventTables['event_segment']>): LogSegment {
  const { first_seq: first, last_seq: last, ...rest } = row
  return { ...rest, first, last }
}
