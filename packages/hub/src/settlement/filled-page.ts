import { type Digest, type FilledUsagePage, Refusal } from '@consort/protocol'
import type { BlobStore } from '@consort/storage'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { readUsageFile } from './usage-file.ts'
import { fileOfPage, readPage } from './usage-page-store.ts'
import { usageOfPage } from './usage-store.ts'

/**
 * Reads a page with its events, from its rows or from the file into which they were archived. Throws `not-found`, and
 * `gone` or `digest-mismatch` for a file that is elsewhere or was changed.
 */
export async function readFilledPage(
  { database, blobs }: { readonly database: HubDatabase; readonly blobs: BlobStore },
  digest: Digest,
): Promise<FilledUsagePage> {
  const page = await readPage(database, digest)
  const events = await usageOfPage(database, page, page.number)
  if (events.length === page.count) return { page, events }
  // After the rows: whoever deleted one has noted the file before.
  const file = await fileOfPage(database, digest)
  if (file !== null) return await readUsageFile(blobs, page, file)
  throw new Refusal(
    'not-found',
    `The hub no longer keeps the events of page ${page.number} of ${page.month}`,
    {
      hint: 'Who exported the statement with its pages still has them.',
    },
  )
}
