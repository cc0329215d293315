import { createHash } from 'node:crypto'
import { Refusal } from '@consort/protocol'
import type { ExpectedBlob } from './blob-store.ts'

/** The parts of a source as they come, and what says at the end whether they were the expected ones. */
export interface CheckedStream {
  /** Throws `too-large` at the first part that is too much. */
  readonly stream: AsyncGenerator<Uint8Array>
  /** Throws `digest-mismatch` when what came is not what was expected; called once, at the end. */
  readonly finish: () => void
}

/** Checks a source while it is read. */
export function checkedStream(
  { digest, bytes }: ExpectedBlob,
  source: Uint8Array | AsyncIterable<Uint8Array>,
): CheckedStream {
  const hash = createHash('sha256')
  let seen = 0
  async function* stream(): AsyncGenerator<Uint8Array> {
    for await (const part of source instanceof Uint8Array ? [source] : source) {
      seen += part.length
      if (seen > bytes) {
        throw new Refusal('too-large', `More than the ${bytes} bytes that were announced`, {
          hint: 'Announce the update again.',
        })
      }
      hash.update(part)
      yield part
    }
  }
  const finish = (): void => {
    if (seen < bytes || `sha256:${hash.digest('hex')}` !== digest) {
      throw new Refusal(
        'digest-mismatch',
        `${seen} bytes arrived that are not the ${bytes} bytes of ${digest}`,
        {
          hint: 'They were damaged or cut on the way; send them again.',
        },
      )
    }
  }
  return { stream: stream(), finish }
}

/** A body has to be read to its end even when it is not needed, or the connection could not be used again. */
export async function drain(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  if (source instanceof Uint8Array) return
  for await (const _ of source);
}
