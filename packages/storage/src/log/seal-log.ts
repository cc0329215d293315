import { setImmediate } from 'node:timers/promises'
import { type ChainHead, emptyChain, parseEntry, verifyEntries } from '@consort/agreements'
import type { Kysely } from 'kysely'
import type { BlobStore } from '../blobs/blob-store.ts'
import { type EventTables, entriesAfter } from '../database/event-log.ts'
import { rowsAtOnce } from '../retention/sweeper.ts'
import { changedSegment, readSegmentFile, segmentElsewhere, writeSegmentFile } from './segment-file.ts'
import { headAfter, insertSegment, type LogSegment, lastSegment, segmentWith } from './segment-store.ts'

/** Whose log is sealed, and where its segments go. */
export interface SealedLog {
  readonly database: Kysely<EventTables>
  readonly blobs: BlobStore
  /** The key of the process. */
  readonly owner: string
  /** How many entries a segment has; fewer in tests. */
  readonly entries?: number | undefined
}

/** Some months of a small node, some hours of a busy one: a file of about a megabyte. */
const entriesOfSegment = 10_000
const entriesAtOnce = 500

/**
 * Archives the oldest entries as segments of equally many, each when its last entry was written before a moment, and
 * deletes them from the table. The file is on disk before the segment is noted, and the segment is noted before an
 * entry goes: wherever a crash cuts this, the next time goes on, and readers take a segment's entries from its file.
 * The last entry always stays. Yields how many entries went. Throws `log-altered`, and deletes nothing, where the chain
 * does not hold.
 */
export async function* sealLog(log: SealedLog, before: Date): AsyncGenerator<number, void> {
  const { database } = log
  yield* dropSealed(log)
  for (;;) {
    const segment = await nextSegment(log, before)
    if (segment === undefined) return
    await database.transaction().execute(transaction => insertSegment(transaction, segment))
    yield* dropSealed(log)
  }
}

async function nextSegment(
  { database, blobs, owner, entries = entriesOfSegment }: SealedLog,
  before: Date,
): Promise<LogSegment | undefined> {
  const known = await lastSegment(database)
  const start: ChainHead = known ? headAfter(known) : emptyChain(owner)
  const [last, after] = await entriesAfter(database, start.seq + entries - 1, 2)
  if (last === undefined || after === undefined) return undefined
  const { at: ended } = parseEntry(last, start.seq + entries)
  if (new Date(ended) >= before) return undefined
  let head = start
  const texts: string[] = []
  while (texts.length < entries) {
    const limit = Math.min(entriesAtOnce, entries - texts.length)
    const page = await entriesAfter(database, head.seq, limit)
    head = verifyEntries(head, page)
    texts.push(...page)
    await setImmediate()
  }
  const { digest: file, bytes } = await writeSegmentFile(blobs, texts)
  return {
    number: (known?.number ?? 0) + 1,
    ...{ first: start.seq + 1, last: head.seq, previous: start.digest, digest: head.digest, file, bytes },
    ...{ began: parseEntry(texts[0]!, start.seq + 1).at, ended },
  }
}

/**
 * Deletes what lies in a segment, once it is seen in its file: that may be missing or another one, where a database was
 * put back or moved without its files. Throws `gone` or `log-altered`, and deletes nothing.
 */
async function* dropSealed({ database, blobs }: SealedLog): AsyncGenerator<number, void> {
  for (;;) {
    const oldest = await oldestEntry(database)
    const segment = oldest && (await segmentWith(database, oldest.seq))
    if (segment === undefined) return
    const texts = await readSegmentFile(blobs, segment)
    if (texts === undefined) throw segmentElsewhere(segment)
    for (;;) {
      const rows = await sealedRows(database, segment)
      const last = rows.at(-1)
      if (last === undefined) break
      if (rows.some(({ seq, text }) => texts[seq - segment.first] !== text)) throw changedSegment(segment)
      await database.deleteFrom('event').where('seq', '<=', last.seq).execute()
      yield rows.length
    }
  }
}

/** Found by the key: entries are numbered from 1. */
function oldestEntry(database: SealedLog['database']) {
  return database
    .selectFrom('event')
    .select('seq')
    .where('seq', '>', 0)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
}

function sealedRows(database: SealedLog['database'], { last }: LogSegment) {
  return database
    .selectFrom('event')
    .select(['seq', 'text'])
    .where('seq', '<=', last)
    .orderBy('seq')
    .limit(rowsAtOnce)
    .execute()
}
