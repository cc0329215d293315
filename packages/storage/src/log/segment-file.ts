import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { digestOfBytes, Refusal } from '@consort/protocol'
import type { BlobStore, ExpectedBlob } from '../blobs/blob-store.ts'
import type { LogSegment } from './segment-store.ts'

/** The scope of the blobs that hold segments: a folder of this name beside the weights. */
export const segmentScope = 'log'

/** Writes entries down as one file, which survives a loss of power from then on. Equal entries make an equal file. */
export async function writeSegmentFile(blobs: BlobStore, texts: readonly string[]): Promise<ExpectedBlob> {
  const bytes = await promisify(gzip)(Buffer.from(texts.map(text => `${text}\n`).join('')))
  const expected = { digest: digestOfBytes(bytes), bytes: bytes.length }
  await blobs.put(segmentScope, expected, bytes)
  return expected
}

/**
 * Reads the entries of a segment; undefined where its file was moved away. Throws `log-altered` for a file that is not
 * the one that was written.
 */
export async function readSegmentFile(blobs: BlobStore, segment: LogSegment): Promise<string[] | undefined> {
  if (!(await blobs.has(segmentScope, segment.file))) return undefined
  const bytes = await blobs.get(segmentScope, segment.file)
  if (digestOfBytes(bytes) !== segment.file) throw changedSegment(segment)
  const text = (await promisify(gunzip)(bytes)).toString('utf8')
  return text.split('\n').slice(0, -1)
}

/** What a person is told of a segment. */
export function nameOfSegment({ number, first, last, file }: LogSegment): string {
  return `segment ${number} (entries ${first} to ${last}, ${file})`
}

/** Refuses what needs the entries of a segment whose file is elsewhere. */
export function segmentElsewhere(segment: LogSegment): Refusal {
  return new Refusal('gone', `The log's ${nameOfSegment(segment)} is not here`, {
    hint: `Put its file back: ${segmentScope}/${segment.file.slice('sha256:'.length)} among the blobs.`,
  })
}

/** Refuses a segment whose file, or whose entries in the table, are not what was archived. */
export function changedSegment(segment: LogSegment): Refusal {
  return new Refusal('log-altered', `The log's ${nameOfSegment(segment)} is not the file that was archived`, {
    hint: 'Put back the copy from a backup, and find out who could write to this directory.',
  })
}
