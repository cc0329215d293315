import { Refusal } from '@consort/protocol'
import pg from 'pg'
import { connectionTo, servingPatience, watchClient } from './connection.ts'

/** A connection to PostgreSQL that is kept open, and made anew when it is lost. */
export interface KeptConnection extends AsyncDisposable {
  /** Undefined while it is lost. */
  current(): pg.Client | undefined
  /** Asks over the connection that `holder` is, one question after the other. */
  ask<Row extends pg.QueryResultRow>(
    holder: pg.Client,
    sql: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>
}

export interface KeptConnectionSetup {
  /** Makes each new connection ready. A refusal ends the attempts. */
  readonly prepare: (client: pg.Client) => Promise<void>
  /** It was lost and is back. */
  readonly isBack?: () => void
  /** Told of a refusal of `prepare` after the first connection. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined
}

/** How long a lost connection is left alone before it is tried again, in milliseconds. */
const reconnectMs = 1000

/** How often the server is asked something, so that one that is silent is noticed, in milliseconds. */
const pingMs = 5000

/** Throws what the first attempt throws. */
export async function keepConnection(
  url: string,
  { prepare, isBack, onRefused }: KeptConnectionSetup,
): Promise<KeptConnection> {
  const ending = new AbortController()
  let client: pg.Client | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const connect = async (): Promise<void> => {
    const next = new pg.Client(connectionTo(url, servingPatience))
    next.on('error', () => {}) // `end` follows
    next.on('end', () => {
      if (client !== next) return
      client = undefined
      void reconnect()
    })
    await next.connect()
    try {
      await watchClient(next)
      await prepare(next)
    } catch (error) {
      await next.end().catch(() => {})
      throw error
    }
    if (ending.signal.aborted) await next.end()
    else client = next
  }
  const reconnect = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await pause(reconnectMs, ending.signal)
      if (ending.signal.aborted) return
      const failed = await connect().catch(error => ({ error }))
      if (failed?.error instanceof Refusal) return onRefused?.(failed.error)
      if (!failed) return isBack?.()
    }
  }
  const ask: KeptConnection['ask'] = (holder, sql, values = []) => {
    const answer = turn.then(() => holder.query(sql, [...values]))
    turn = answer.catch(() => {})
    return answer
  }
  await connect()
  const pinging = setInterval(() => {
    if (client) ask(client, 'select 1').catch(() => {}) // its end is told by itself
  }, pingMs)

  return {
    current: () => client,
    ask,
    async [Symbol.asyncDispose]() {
      clearInterval(pinging)
      ending.abort()
      const last = client
      client = undefined
      await turn
      await last?.end()
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
