import type { ClientConfig } from 'pg'

/**
 * How a process reaches the PostgreSQL database at a URL. A server that does not take the connection within ten seconds
 * is away, and one that falls silent is noticed by TCP: it is probed after ten seconds without a word.
 */
export function connectionTo(url: string): ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
}
