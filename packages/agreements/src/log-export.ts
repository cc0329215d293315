import { type KeyPair, type PublicKey, publicKeySchema, Refusal, verifySignature } from '@consort/protocol'
import { z } from 'zod'
import { type ChainHead, emptyChain, parseEntry, verifyEntries } from './event-chain.ts'

/** The last line of an exported log: where the chain ends, signed by its owner, so that a cut shows. */
const endSchema = z.strictObject({
  log: z.literal(1),
  owner: publicKeySchema,
  seq: z.int().min(0),
  digest: z.string(),
  signature: z.string(),
})

function endingBytes({ seq, digest }: ChainHead): Uint8Array {
  return Buffer.from(`consort-log-end\n${seq}\n${digest}`)
}

/** A log as lines of JSON, one after another: the entries as they were hashed, then the signed end. */
export async function* exportLines(
  entries: AsyncIterable<string> | Iterable<string>,
  key: KeyPair,
): AsyncGenerator<string, void> {
  let head = emptyChain(key.publicKey)
  for await (const text of entries) {
    head = verifyEntries(head, [text])
    yield text
  }
  yield JSON.stringify({ log: 1, owner: key.publicKey, ...head, signature: key.sign(endingBytes(head)) })
}

/**
 * Verifies an exported log line by line, so that only one of them is held. Throws `log-altered` for one that was
 * changed, reordered or cut anywhere.
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
): Promise<{ head: ChainHead; owner: PublicKey }> {
  // Whose log it is stands at its end: until then, the first entry is believed to follow from its owner.
  let start: ChainHead | undefined
  let head: ChainHead | undefined
  let last: string | undefined
  for await (const line of lines) {
    if (line === '') continue
    if (last !== undefined) {
      start ??= { seq: 0, digest: parseEntry(last, 1).previous }
      head = verifyEntries(head ?? start, [last])
    }
    last = line
  }
  const end = parseEnd(last)
  const { owner } = end
  const empty = emptyChain(owner)
  if (start && start.digest !== empty.digest) throw notOfOwner()
  const reached = head ?? empty
  const isWhole = reached.seq === end.seq && reached.digest === end.digest
  if (!isWhole || !verifySignature(owner, endingBytes(reached), end.signature)) {
    throw new Refusal(
      'log-altered',
      `The exported log has ${reached.seq} entries, but its signed end names ${end.seq}`,
      {
        hint: 'Entries were cut off or added at the end, or the end is of another log.',
      },
    )
  }
  return { head: reached, owner }
}

function notOfOwner(): Refusal {
  return new Refusal('log-altered', 'The first entry does not begin the log of who signed its end', {
    hint: 'Entries were cut off at the beginning, or the end is of another log.',
  })
}

function parseEnd(line: string | undefined) {
  try {
    return endSchema.parse(JSON.parse(line ?? ''))
  } catch (cause) {
    throw new Refusal('log-altered', 'The file does not end with the signed end of a log', {
      hint: 'It is no exported log, or it was cut.',
      cause,
    })
  }
}
