import { type ChainHead, emptyChain, verifyEntries } from '@consort/agreements'
import { Refusal } from '@consort/protocol'
import type { Kysely } from 'kysely'
import type { BlobStore } from '../blobs/blob-store.ts'
import { type EventTables, entriesAfter } from '../database/event-log.ts'
import { nameOfSegment, readSegmentFile, segmentElsewhere } from './segment-file.ts'
import { hasSegments, headAfter, type LogSegment, segmentWith } from './segment-store.ts'

/** Where a log lies: its latest entries in a table, the others in files. */
export interface LogPlace {
  readonly database: Kysely<EventTables>
  readonly blobs: BlobStore
}

/** A part of a log whose entries hold, or a segment whose file was moved away. */
export type LogPart =
  | { readonly kind: 'entries'; readonly texts: readonly string[]; readonly head: ChainHead }
  | { readonly kind: 'elsewhere'; readonly segment: LogSegment; readonly head: ChainHead }

const entriesAtOnce = 1000

/**
 * Follows a log from its first entry, also while another process writes to it or archives its entries; only a part of
 * it is held. Of a segment whose file is elsewhere only the ends are known: the chain has to join there. Throws
 * `log-altered` at the first entry or segment that does not hold.
 */
export async function* readLog({ database, blobs }: LogPlace, owner: string): AsyncGenerator<LogPart, void> {
  const mayBeSealed = await hasSegments(database)
  for (let head = emptyChain(owner); ; ) {
    // Before the table each time: what a page misses there may have been archived meanwhile.
    const segment = mayBeSealed ? await segmentWith(database, head.seq + 1) : undefined
    if (segment) {
      const texts = await readSegmentFile(blobs, segment)
      head = follow(head, segment, texts)
      yield texts ? { kind: 'entries', texts, head } : { kind: 'elsewhere', segment, head }
      continue
    }
    const texts = await entriesAfter(database, head.seq, entriesAtOnce)
    if (texts.length === 0) return
    const after = await segmentWithFirst(database, mayBeSealed, head.seq + 1)
    if (after) continue
    head = verifyEntries(head, texts)
    yield { kind: 'entries', texts, head }
  }
}

/** A page that was read while its beginning was archived is read again, from the file. */
function segmentWithFirst(database: Kysely<EventTables>, mayBeSealed: boolean, seq: number) {
  return mayBeSealed ? segmentWith(database, seq) : undefined
}

function follow(head: ChainHead, segment: LogSegment, texts: readonly string[] | undefined): ChainHead {
  const isNext = segment.first === head.seq + 1 && segment.previous === head.digest
  const end = texts ? verifyEntries(head, texts) : headAfter(segment)
  if (isNext && end.seq === segment.last && end.digest === segment.digest) return end
  throw new Refusal('log-altered', `The log does not hold: ${nameOfSegment(segment)} does not join`, {
    hint: 'Compare with a copy that a partner kept, and find out who could write to this directory.',
  })
}

/** Up to `limit` entries after one of them, from a file where they were archived. Throws `gone` where that is away. */
export async function archivedEntriesAfter(
  { database, blobs }: LogPlace,
  seq: number,
  limit: number,
): Promise<string[]> {
  const segment = await segmentWith(database, seq + 1)
  if (!segment) return await entriesAfter(database, seq, limit)
  const texts = await readSegmentFile(blobs, segment)
  if (!texts) throw segmentElsewhere(segment)
  return texts.slice(seq + 1 - segment.first, seq + 1 - segment.first + limit)
}
