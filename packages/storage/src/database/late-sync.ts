import { type FileHandle, open } from 'node:fs/promises'
import { type Kysely, SqliteAdapter, sql, type Transaction } from 'kysely'
import type { OnFailedSync } from '../files/failed-sync.ts'

/** Transactions that wait for the disk without holding up the event loop. */
export interface LateSync<Tables> extends AsyncDisposable {
  /** Ends once the transaction is on disk; its changes can be seen a moment before. */
  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>
}

export interface LateSyncOptions {
  readonly onFailedSync: OnFailedSync
  /** Stands in for the disk in tests. */
  readonly syncLog?: (logPath: string) => Promise<void>
}

/** Makes what was written to SQLite's write-ahead log survive a loss of power. */
export type SyncLog = () => Promise<void>

/**
 * Commits to an embedded database without a sync (`synchronous = normal`: a commit is written to the write-ahead log,
 * and stays if the process is killed), then syncs the log from another thread before it says that it is done: as
 * durable as a plain transaction (sqlite.org/wal.html, section 3), which syncs on the event loop's own thread. There a
 * disk that takes 10 ms stops everything for 10 ms. When a sync fails what was committed may or may not be on disk:
 * `onFailedSync` is told, and no transaction begins any more.
 */
export function openLateSync<Tables>(
  database: Kysely<Tables>,
  { onFailedSync, syncLog }: LateSyncOptions,
): LateSync<Tables> {
  if (!isEmbedded(database)) {
    return {
      transaction: work => database.transaction().execute(work),
      async [Symbol.asyncDispose]() {},
    }
  }
  let opening: Promise<LogFile> | undefined
  let failed: { readonly error: unknown } | undefined
  return {
    async transaction(work) {
      if (failed) throw failed.error
      opening ??= openLog(database, syncLog).catch(error => {
        opening = undefined // the next one tries again
        throw error
      })
      const { sync } = await opening
      const result = await database.connection().execute(async connection => {
        await sql`pragma synchronous = normal`.execute(connection)
        try {
          return await connection.transaction().execute(work)
        } finally {
          await sql`pragma synchronous = full`.execute(connection)
        }
      })
      await sync().catch(error => {
        failed = { error }
        onFailedSync(error)
        throw error
      })
      return result
    },
    async [Symbol.asyncDispose]() {
      await (await opening?.catch(() => undefined))?.close()
    },
  }
}

/** A server syncs in a process of its own. */
function isEmbedded<Tables>(database: Kysely<Tables>): boolean {
  return database.getExecutor().adapter instanceof SqliteAdapter
}

interface LogFile {
  readonly sync: SyncLog
  close(): Promise<void>
}

/** Kept open: SQLite writes to the same file for as long as the database is open. A database in memory has none. */
async function openLog<Tables>(
  database: Kysely<Tables>,
  syncLog: ((logPath: string) => Promise<void>) | undefined,
): Promise<LogFile> {
  const { rows } = await sql<{ name: string; file: string }>`pragma database_list`.execute(database)
  const path = rows.find(({ name }) => name === 'main')?.file ?? ''
  if (path === '') return { sync: async () => {}, close: async () => {} }
  const logPath = `${path}-wal`
  if (syncLog) return { sync: createSharedSync(() => syncLog(logPath)), close: async () => {} }
  const file: FileHandle = await open(logPath, 'r+')
  return { sync: createSharedSync(() => file.datasync()), close: () => file.close() }
}

/**
 * One sync at a time. Whoever comes while one is under way shares the next, which begins after what they have written.
 */
function createSharedSync(sync: SyncLog): SyncLog {
  let present: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = (): Promise<void> => {
    next = undefined
    const own = sync().finally(() => {
      if (present === own) present = undefined
    })
    present = own
    return own
  }
  return () => {
    if (!present) return begin()
    next ??= present.then(begin, begin)
    return next
  }
}
