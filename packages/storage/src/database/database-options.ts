import type { ClientBase } from 'pg'
import type { OnFailedSync } from '../files/failed-sync.ts'

export interface DatabaseOptions {
  /** Told of each statement after it was executed, and of what was bound to it. */
  readonly onStatement?: (sql: string, parameters: readonly unknown[]) => void
  /**
   * Told of a commit of an embedded database that could not be synced, before anybody else learns of it. A server ends
   * by itself then (`data_sync_retry = off`, PostgreSQL's default).
   */
  readonly onFailedSync?: OnFailedSync
  /** Sees each new connection to a server before anybody else; what it throws, gets whoever wanted one. */
  readonly admit?: ((client: ClientBase) => Promise<void>) | undefined
  /** Another process may be writing: nothing is changed here, and nothing set. */
  readonly isReadOnly?: boolean | undefined
}
