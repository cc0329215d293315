import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import {
  type Digest,
  digestOfBytes,
  type FilledUsagePage,
  filledUsagePageSchema,
  Refusal,
  type UsagePage,
  usagePageBytesMax,
} from '@consort/protocol'
import type { BlobStore, ExpectedBlob } from '@consort/storage'

/** The scope of the blobs that hold archived pages: a folder of this name beside the weights. */
export const usageScope = 'usage'

/** Writes a page down as one file, which survives a loss of power from then on. An equal page makes an equal file. */
export async function writeUsageFile(blobs: BlobStore, filled: FilledUsagePage): Promise<ExpectedBlob> {
  const bytes = await promisify(gzip)(Buffer.from(JSON.stringify(filled)))
  const expected = { digest: digestOfBytes(bytes), bytes: bytes.length }
  await blobs.put(usageScope, expected, bytes)
  return expected
}

/** Reads an archived page. Throws `gone` for a file that is elsewhere, `digest-mismatch` for one that was changed. */
export async function readUsageFile(
  blobs: BlobStore,
  page: Pick<UsagePage, 'number' | 'month'>,
  file: Digest,
): Promise<FilledUsagePage> {
  const what = `page ${page.number} of the usage of ${page.month} (${file})`
  if (!(await blobs.has(usageScope, file))) {
    throw new Refusal('gone', `The file with ${what} is not here`, {
      hint: `Put its file back: ${usageScope}/${file.slice('sha256:'.length)} among the hub’s blobs.`,
    })
  }
  const bytes = await blobs.get(usageScope, file)
  if (digestOfBytes(bytes) !== file) {
    throw new Refusal('digest-mismatch', `The file with ${what} is not the one that was archived`, {
      hint: 'Put back the copy from a backup, and find out who could write to the hub’s directory.',
    })
  }
  const text = (await promisify(gunzip)(bytes, { maxOutputLength: usagePageBytesMax })).toString('utf8')
  return filledUsagePageSchema.parse(JSON.parse(text))
}
