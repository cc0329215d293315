import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Caller,
  hubEndpoints,
  type KeyPair,
  parseKeyPair,
  type SignedTask,
  signDocument,
  type Task,
} from '@consort/protocol'
import type { Network } from './network.ts'

export type Forge = (
  sent: { task: SignedTask; recipe: unknown },
  hubKey: KeyPair,
) => { task: SignedTask; recipe: unknown }

/** A hub that lies to a node: what comes of every training task goes through `forge`. */
export function lyingTo(network: Network, forge: Forge): (call: Caller) => Caller {
  const hubKey = () => parseKeyPair(readFileSync(join(network.directory, 'hub', 'hub.key'), 'utf8'))
  return call =>
    (async (endpoint, ...rest) => {
      const answer = await call(endpoint, ...rest)
      if ((endpoint as unknown) !== hubEndpoints.nextTask) return answer
      const sent = answer as { task: SignedTask | null; recipe: unknown }
      return sent.task?.document.work === 'train'
        ? forge({ task: sent.task, recipe: sent.recipe }, hubKey())
        : answer
    }) as Caller
}

/** The task with a change, signed again by `key`. */
export function changed({ document }: SignedTask, change: Partial<Task>, key: KeyPair): SignedTask {
  const altered = { ...document, ...change }
  return { document: altered, signatures: [signDocument(altered, key)] }
}
