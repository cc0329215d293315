import { archivedEntriesAfter, type BlobStore } from '@consort/storage'
import type { HubHandler } from '../callers.ts'
import type { LogOwner } from '../log/log-owner.ts'
import type { HubDatabase } from '../tables/hub-tables.ts'
import { hubVersion } from '../version.ts'

const entriesPerPage = 500

/** Says who this hub is. */
export function getHub({
  consortium,
  key,
  now,
}: LogOwner & { readonly consortium: string }): HubHandler<'getHub'> {
  return () => ({ consortium, key: key.publicKey, version: hubVersion, time: now().toISOString() })
}

/** Sends entries of the log from a sequence number on. */
export function exportLog({
  database,
  blobs,
}: {
  readonly database: HubDatabase
  readonly blobs: BlobStore
}): HubHandler<'exportLog'> {
  return async ({ query: { from } }) => {
    const entries = await archivedEntriesAfter({ database, blobs }, from, entriesPerPage)
    return { entries, next: entries.length === 0 ? null : from + entries.length }
  }
}
