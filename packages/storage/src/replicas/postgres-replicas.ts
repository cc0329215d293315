import { createHash } from 'node:crypto'
import pg from 'pg'
import { connectionTo } from '../database/postgres/connection.ts'
import type { ReplicaNews, Replicas } from './replicas.ts'

/** The class of advisory locks that name work; the writers' lock has another form. */
const workLocks = 0x636f_6e74

const channel = 'consort'

/** How long a lost connection is left alone before it is tried again, in milliseconds. */
const reconnectMs = 1000

/**
 * Replicas that speak through PostgreSQL: LISTEN and NOTIFY for news, advisory locks of one session for work. Both
 * live on one connection of their own. While it is lost, nothing is announced and nobody is alone.
 */
export async function openPostgresReplicas(url: string, news: ReplicaNews): Promise<Replicas> {
  const waking = new AbortController()
  let client: pg.Client | undefined

  const connect = async (): Promise<void> => {
    const next = new pg.Client(connectionTo(url))
    next.on('notification', ({ payload }) => payload !== undefined && news.heard(payload))
    next.on('error', () => {}) // `end` follows
    next.on('end', () => {
      if (client !== next) return
      client = undefined
      void reconnect()
    })
    await next.connect()
    await next.query(`listen ${channel}`)
    client = next
  }
  const reconnect = async (): Promise<void> => {
    while (!waking.signal.aborted) {
      await pause(reconnectMs, waking.signal)
      if (waking.signal.aborted) return
      const isBack = await connect().then(
        () => true,
        () => false,
      )
      if (isBack) return news.missed()
    }
  }
  await connect()

  let turn: Promise<unknown> = Promise.resolve()
  /** Asks over the connection that `holder` is, one question after the other. */
  const ask = <Row extends pg.QueryResultRow>(holder: pg.Client, sql: string, values: readonly unknown[]) => {
    const answer = turn.then(() => holder.query<Row>(sql, [...values]))
    turn = answer.catch(() => {})
    return answer
  }

  return {
    announce(topic) {
      if (client) ask(client, 'select pg_notify($1, $2)', [channel, topic]).catch(() => {})
    },
    async alone(name, work) {
      const holder = client
      const key = [workLocks, lockNumber(name)]
      if (!holder) return undefined
      const found = await ask<{ held: boolean }>(
        holder,
        'select pg_try_advisory_lock($1, $2) as held',
        key,
      ).catch(() => undefined)
      if (found?.rows[0]?.held !== true) return undefined
      try {
        return await work()
      } finally {
        await ask(holder, 'select pg_advisory_unlock($1, $2)', key).catch(() => {}) // lost with its connection
      }
    },
    async [Symbol.asyncDispose]() {
      waking.abort()
      const last = client
      client = undefined
      await turn
      await last?.end()
    },
  }
}

/** A signed 32-bit number for a name; two names that share one only keep each other waiting. */
function lockNumber(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE(0)
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
