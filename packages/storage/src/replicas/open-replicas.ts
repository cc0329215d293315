import type { DatabasePlace } from '../database/open-database.ts'
import { openPostgresReplicas } from './postgres-replicas.ts'
import type { ReplicaNews, Replicas } from './replicas.ts'

/** Joins the other processes on the same database. An embedded database has one process alone. */
export async function openReplicas(place: DatabasePlace, news: ReplicaNews): Promise<Replicas> {
  if ('url' in place) return await openPostgresReplicas(place.url, news)
  return { announce: () => {}, alone: (_, work) => work(), async [Symbol.asyncDispose]() {} }
}
