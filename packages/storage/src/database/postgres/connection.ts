import { Socket } from 'node:net'
import type { ClientBase, ClientConfig } from 'pg'
import { storageVersion } from '../../version.ts'

/** How long a server may let a process wait, in milliseconds; undefined for as long as it takes. */
export interface Patience {
  /** For the end of one statement: then the server ends it. */
  readonly statementMs?: number
  /** For any octet on a connection: then the connection is given up. */
  readonly silentMs?: number
  /** For a lock that another holds: then the server ends the statement. */
  readonly lockMs?: number
}

/**
 * Of those who serve: a member's call waits for 30 seconds, and is answered before. The server ends a statement first,
 * where it still works; a connection on which nothing moves is given up.
 */
export const servingPatience: Patience = { statementMs: 12_000, silentMs: 15_000 }

/** Of those who bring tables up to date: it takes as long as it takes, but nobody is waited for without end. */
export const migratingPatience: Patience = { lockMs: 30_000 }

/**
 * How a process reaches the PostgreSQL database at a URL. A server that does not take the connection within ten seconds
 * is away. A process that stands still in a transaction loses it after a minute, and the locks with it.
 */
export function connectionTo(url: string, { statementMs, silentMs, lockMs }: Patience = {}): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: `consort ${storageVersion}`,
    idle_in_transaction_session_timeout: 60_000,
    ...(statementMs !== undefined && { statement_timeout: statementMs }),
    ...(lockMs !== undefined && { lock_timeout: lockMs }),
    ...(silentMs !== undefined && { stream: () => talkingSocket(silentMs) }),
  }
}

/**
 * Asks the server to notice a process that is gone, so that its locks are free: within half a minute when its machine
 * is, within a second during a long statement where the server's system can tell.
 */
export async function watchClient(client: ClientBase): Promise<void> {
  await client.query(
    'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3',
  )
  await client.query('set client_connection_check_interval = 1000').catch(() => {})
}

/** A socket that fails once nothing has moved on it for so long. */
function talkingSocket(silentMs: number): Socket {
  const socket = new Socket()
  return socket.setTimeout(silentMs, () => {
    const message = `the database server was silent for ${silentMs / 1000} seconds`
    socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }))
  })
}
