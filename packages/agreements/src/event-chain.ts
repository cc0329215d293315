import { canonicalJson, type Digest, digestOfBytes, Refusal } from '@consort/protocol'
import { z } from 'zod'

/** One thing that happened. Identifiers and numbers only: never a record, a weight or a secret. */
export interface AuditEvent {
  /** e.g. `run-created` */
  readonly kind: string
  readonly body: Readonly<Record<string, unknown>>
}

/** An entry as it is hashed: its place, its time, and the digest of the entry before it. */
export interface EventEntry extends AuditEvent {
  readonly seq: number
  /** By the clock of the process that wrote it; ISO 8601, UTC. */
  readonly at: string
  readonly previous: Digest
}

/** Where a chain ends: the number of its last entry (0 for none) and that entry's digest. */
export interface ChainHead {
  readonly seq: number
  readonly digest: Digest
}

const entrySchema = z.strictObject({
  seq: z.int().min(1),
  at: z.iso.datetime(),
  kind: z.string().regex(/^[a-z][a-z-]*$/),
  body: z.record(z.string(), z.unknown()),
  previous: z.string(),
})

/** The head of an empty chain. The owner's key makes chains of different owners differ from their first entry on. */
export function emptyChain(owner: string): ChainHead {
  return { seq: 0, digest: digestOfBytes(Buffer.from(`consort-log\n${owner}`)) }
}

/** The canonical text of the next entry, and the head after it. */
export function nextEntry(head: ChainHead, event: AuditEvent, at: string): { text: string; head: ChainHead } {
  const { kind, body } = event
  const entry: EventEntry = { seq: head.seq + 1, at, kind, body, previous: head.digest }
  const text = canonicalJson(entry)
  return { text, head: { seq: entry.seq, digest: digestOfBytes(Buffer.from(text)) } }
}

/**
 * Follows a chain from `head` through entries in their order and returns where it ends. Throws `log-altered` at the
 * first entry that was changed, dropped, added or moved: with a chain alone, an entry is known to be intact only when
 * the one after it agrees, so what was cut off at the end shows only against a head that someone kept.
 */
export function verifyEntries(head: ChainHead, texts: Iterable<string>): ChainHead {
  let known = head
  for (const text of texts) {
    const entry = parseEntry(text, known.seq + 1)
    if (entry.seq !== known.seq + 1) {
      throw altered(
        known.seq + 1,
        `entry ${entry.seq} stands where ${known.seq + 1} belongs: entries were dropped or moved`,
      )
    }
    if (entry.previous !== known.digest) {
      throw altered(
        known.seq,
        `entry ${entry.seq} does not follow from the one before it: one of the two was changed`,
      )
    }
    known = { seq: entry.seq, digest: digestOfBytes(Buffer.from(text)) }
  }
  return known
}

/** Reads an entry. Throws `log-altered` for a text that `nextEntry` cannot have written. */
export function parseEntry(text: string, seq: number): EventEntry {
  try {
    const entry = entrySchema.parse(JSON.parse(text)) as EventEntry
    if (canonicalJson(entry) !== text) throw new TypeError('not canonical')
    return entry
  } catch {
    throw altered(seq, `entry ${seq} is not readable`)
  }
}

function altered(seq: number, message: string): Refusal {
  return new Refusal('log-altered', `The event log does not hold: ${message}`, {
    path: `entry ${seq}`,
    hint: 'Compare with a copy that a partner kept, and find out who could write to this directory.',
  })
}
