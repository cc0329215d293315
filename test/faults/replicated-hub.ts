import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { HubConfig } from '@consort/hub'
import type { RunningHub } from '../network.ts'
import { openBadLink } from './bad-link.ts'
import { type KillableHub, startKillableHub } from './killable-hub.ts'

/** One hub that several processes serve behind a balancer, which gives each connection to the next that lives. */
export interface ReplicatedHub extends RunningHub {
  readonly replicas: readonly KillableHub[]
}

/** Starts replicas with the same keys, database and blobs, each with a data directory of its own. */
export async function startReplicatedHub(config: HubConfig, count: number): Promise<ReplicatedHub> {
  const ports = new Set<number>()
  let turn = 0
  const balancer = await openBadLink(() => [...ports][turn++ % ports.size]!, {})
  const url = `http://127.0.0.1:${balancer.port}`
  const replicas: KillableHub[] = []
  for (let index = 0; index < count; index++) {
    const dataPath = index === 0 ? config.dataPath : `${config.dataPath}-${index}`
    if (index > 0) copyKeys(config.dataPath, dataPath)
    const replica = await startKillableHub({
      ...config,
      dataPath,
      publicUrl: url,
      blobs: config.blobs ?? { folder: join(config.dataPath, 'blobs') },
    })
    const port = Number(new URL(replica.url).port)
    ports.add(port)
    replica.died.then(() => ports.delete(port))
    replicas.push(replica)
  }
  return {
    url,
    replicas,
    async [Symbol.asyncDispose]() {
      await balancer[Symbol.asyncDispose]() // first: sockets to processes that die are reset, and Node may hang on those
      await Promise.all(replicas.map(replica => replica[Symbol.asyncDispose]()))
    },
  }
}

function copyKeys(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const key of ['hub.key', 'operator.key']) cpSync(join(from, key), join(to, key))
}
