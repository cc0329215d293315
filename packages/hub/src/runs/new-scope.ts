import type { BlobStore } from '@consort/storage'

/**
 * Does something that fills a scope of blobs, and says whether what it holds is kept. Where it is not, or where making
 * it fails, the scope is removed: a disk that is full would fill up further with each attempt. What the end of the
 * process leaves is removed at the next start.
 */
export async function inNewScope(
  blobs: Pick<BlobStore, 'removeScope'>,
  scope: string,
  make: () => Promise<boolean>,
): Promise<boolean> {
  let isKept = false
  try {
    isKept = await make()
    return isKept
  } finally {
    if (!isKept) await blobs.removeScope(scope).catch(() => {}) // the start removes it
  }
}
