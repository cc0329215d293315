import { createHash } from 'node:crypto'
import { keepConnection } from '../database/postgres/kept-connection.ts'
import type { ReplicaNews, Replicas } from './replicas.ts'

/** The class of advisory locks that name work; the other locks have another form. */
const workLocks = 0x636f_6e74

const channel = 'consort'

/**
 * Replicas that speak through PostgreSQL: LISTEN and NOTIFY for news, advisory locks of one session for work. Both
 * live on one connection of their own. While it is lost, nothing is announced and nobody is alone.
 */
export async function openPostgresReplicas(url: string, news: ReplicaNews): Promise<Replicas> {
  const connection = await keepConnection(url, {
    async prepare(client) {
      client.on('notification', ({ payload }) => payload !== undefined && news.heard(payload))
      await client.query(`listen ${channel}`)
    },
    isBack: news.missed,
  })
  const { ask, current } = connection
  return {
    announce(topic) {
      const client = current()
      if (client) ask(client, 'select pg_notify($1, $2)', [channel, topic]).catch(() => {})
    },
    async alone(name, work) {
      const holder = current()
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
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** A signed 32-bit number for a name; two names that share one only keep each other waiting. */
function lockNumber(name: string): number {
  return createHash('sha256').update(name).digest().readInt32BE(0)
}
