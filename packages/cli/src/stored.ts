import { join } from 'node:path'
import {
  type BlobStore,
  checkReadable,
  databasePlace,
  type EventTables,
  localFiles,
  openBlobs,
  openForReading,
  parseBlobsPlace,
  parseDatabaseUrl,
  type RetentionTables,
} from '@consort/storage'
import { keyAt, placeOf, type Session } from './session.ts'

/** The tables that both hub and node have, and others. */
type StoredDatabase = ReturnType<typeof openForReading<EventTables & RetentionTables>>

/** What a hub or a node has kept, to be read beside the process, running or not. */
export interface Stored extends AsyncDisposable {
  readonly database: StoredDatabase
  readonly blobs: BlobStore
}

/**
 * Opens what the directory of this session, or the settings, name. Throws `not-found` where nothing was kept yet, and
 * as `checkReadable`: what a file held before its tables were moved, or a database of somebody else, is not shown.
 */
export async function openStored(session: Session): Promise<Stored> {
  const { kind, path } = placeOf(session)
  const { environment } = session
  const url = parseDatabaseUrl(environment.CONSORT_DATABASE_URL)
  const database = openForReading<EventTables & RetentionTables>(
    databasePlace(url, join(path, `${kind}.sqlite`)),
  )
  await using stack = new AsyncDisposableStack()
  stack.defer(() => database.destroy())
  await checkReadable(database, keyAt(path, `${kind}.key`).publicKey)
  const place = kind === 'hub' ? parseBlobsPlace(environment.CONSORT_BLOBS, environment) : undefined
  const blobs = await openBlobs(localFiles, place ?? { folder: join(path, 'blobs') })
  const opened = stack.move()
  return { database, blobs, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
