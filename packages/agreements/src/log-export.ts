import { type KeyPair, type PublicKey, publicKeySchema, Refusal, verifySignature } from '@consort/protocol'
import { z } from 'zod'
import { type ChainHead, emptyChain, verifyEntries } from './event-chain.ts'

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

/** A log as lines of JSON: the entries as they were hashed, then the signed end. */
export function formatExport(entries: readonly string[], key: KeyPair): string {
  const head = verifyEntries(emptyChain(key.publicKey), entries)
  const end = { log: 1, owner: key.publicKey, ...head, signature: key.sign(endingBytes(head)) }
  return `${[...entries, JSON.stringify(end)].join('\n')}\n`
}

/** Reads and verifies an exported log. Throws `log-altered` for one that was changed, reordered or cut anywhere. */
export function parseExport(text: string): { entries: string[]; head: ChainHead; owner: PublicKey } {
  const lines = text.split('\n').filter(line => line !== '')
  const end = parseEnd(lines.at(-1))
  const entries = lines.slice(0, -1)
  const head = verifyEntries(emptyChain(end.owner), entries)
  const isWhole = head.seq === end.seq && head.digest === end.digest
  if (!isWhole || !verifySignature(end.owner, endingBytes(head), end.signature)) {
    throw new Refusal(
      'log-altered',
      `The exported log has ${head.seq} entries, but its signed end names ${end.seq}`,
      {
        hint: 'Entries were cut off or added at the end, or the end is of another log.',
      },
    )
  }
  return { entries, head, owner: end.owner }
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
